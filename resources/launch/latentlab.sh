#!/bin/sh
# Starts Latent Lab from its checkout, or runs its tests; the first call gets everything they need.
#
#   sh resources/launch/latentlab.sh [options of the app]
#   sh resources/launch/latentlab.sh test [options of pytest]
#
# Everything goes into the folder .venv of the checkout. Only Qt's system libraries, and on Debian and Ubuntu the
# package for virtual environments, come from apt-get: as root at once, with sudo if there is one (it says so before).
set -eu

# What was called may be a link to this file, from ~/.local/bin for instance; the checkout is where the file itself is.
starter=$0
while [ -L "$starter" ]; do
    target=$(readlink -- "$starter")
    case $target in
        /*) starter=$target ;;
        *) starter=$(dirname -- "$starter")/$target ;;
    esac
done
# -P: from a link to the folder the way up is that of the folder, too.
root=$(CDPATH='' cd -P -- "$(dirname -- "$starter")/../.." && pwd)
venv=$root/.venv
venv_python=$venv/bin/python

fail() {
    printf 'Latent Lab: %s\n' "$*" >&2
    exit 1
}

say() {
    printf 'Latent Lab: %s\n' "$*" >&2
}

# Before anything is made or cleared: a copy of this file elsewhere would take another project's environment for ours.
grep -q '^name = "latentlab"' "$root/pyproject.toml" 2>/dev/null ||
    fail "$root is not Latent Lab's checkout; call the starter there, or make a link to it."

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found; install it and start this again."
}

# Gets Debian packages, or says how; returns 1 where it could not.
get_packages() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        say "getting system packages with apt-get: $*"
        sudo=
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        say "getting system packages with sudo apt-get: $*"
        sudo=sudo
    else
        return 1
    fi
    $sudo apt-get update -q >&2 &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >&2
}

# Debian's Python makes no environment without its package python3-venv, whose heart is the module ensurepip.
get_ensurepip() {
    if ! "$1" -c 'import ensurepip' 2>/dev/null; then
        package=$("$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        get_packages "$package" ||
            fail "Python lacks the module ensurepip; this command gets it: sudo apt-get install $package"
    fi
}

make_venv() {
    if [ -e "$venv" ] && ! [ -e "$venv/pyvenv.cfg" ]; then
        fail "$venv is there and is not a virtual environment; move it away and start this again."
    fi
    python=$(find_python)
    get_ensurepip "$python"
    "$python" -m venv --clear "$venv" || fail "the virtual environment $venv could not be made."
}

# Into an environment that somebody else made: uv's are without. What is there stays.
get_pip() {
    get_ensurepip "$venv_python"
    "$venv_python" -m ensurepip >&2 ||
        fail "the environment $venv has no pip, and Python could not put it there (the reason stands above);" \
            "mend it, or move the environment away, and start this again."
}

get_system_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=$(cd "$root" && "$venv_python" -m app.start_checks)
    [ -n "$missing" ] || return 0
    # Word splitting is meant: one argument a package.
    # shellcheck disable=SC2086
    get_packages $missing ||
        say "Qt may need system libraries that are missing here; Debian and Ubuntu get them with:" \
            "sudo apt-get install" $missing
}

# Stands among the libraries that it speaks of: where the system has replaced the Python that the environment links to
# by its next version, that one has a folder of its own, with none of them.
find_stamp() {
    libraries=$("$venv_python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' 2>/dev/null) &&
        printf '%s\n' "$libraries/latentlab-$1.stamp"
}

# install NAME WHAT: brings the environment up to date once for each state of pyproject.toml.
install() {
    state=$(printf '%s\n' "$root" | cat - "$root/pyproject.toml" | cksum)
    if stamp=$(find_stamp "$1") && [ "$(cat "$stamp" 2>/dev/null)" = "$state" ]; then
        return
    fi
    is_new_enough "$venv_python" || make_venv
    "$venv_python" -m pip --version >/dev/null 2>&1 || get_pip
    get_system_libraries
    say "getting the Python libraries into $venv (once; PyTorch is large, this takes some minutes)"
    (cd "$root" && "$venv_python" -m pip install --disable-pip-version-check -e "$2") >&2 ||
        fail "the Python libraries could not be installed (the reason stands above); mend it and start this again."
    for each in app "$1"; do # what the tests need holds what the app needs
        stamp=$(find_stamp "$each")
        printf '%s\n' "$state" >"$stamp"
    done
}

if [ "${1-}" = test ]; then
    shift
    install test '.[test]'
    cd "$root"
    exec "$venv_python" -m pytest -n 2 --dist worksteal "$@"
fi
install app .
exec "$venv_python" -P -m app "$@"
