"""The starter in resources/launch/ in a checkout of its own, with real environments; only pip gets nothing here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the starter is a shell script")

ENSUREPIP = """
import pathlib, sysconfig
pip = pathlib.Path(sysconfig.get_path("purelib"), "pip")
pip.mkdir(parents=True)
pip.joinpath("__main__.py").write_text(pathlib.Path(__file__).with_name("pip.txt").read_text())
"""
# What an editable install leaves: a line in this very Python's folder that leads to the checkout.
PIP = """
import pathlib, sys, sysconfig
if "install" in sys.argv:
    print("pip installs")
    pathlib.Path(sysconfig.get_path("purelib"), "editable.pth").write_text(str(pathlib.Path.cwd()))
"""
# As the real one, but venv itself would call none but the real ensurepip.
PYTHON = f"""#!/bin/sh
case "$*" in
    "-m venv "*)
        for venv; do :; done
        "{sys.executable}" "$@" --without-pip && exec "$venv/bin/python" -m ensurepip
        ;;
    *) exec "{sys.executable}" "$@" ;;
esac
"""


class Checkout:
    """A checkout with the starter and an app that only says that it runs."""

    def __init__(self, folder: Path) -> None:
        self.root, self.venv, self.aside = folder / "check out", folder / "check out" / ".venv", folder / "aside"
        self.launch = self.root / "resources" / "launch"
        shutil.copytree(ROOT / "resources" / "launch", self.launch)
        shutil.copy(ROOT / "pyproject.toml", self.root)
        files = {
            self.root / "app" / "__init__.py": "",
            self.root / "app" / "start_checks.py": "",
            self.root / "app" / "__main__.py": "import sys; print('the app runs', *sys.argv[1:])",
            self.root / "pytest.py": "import sys; print('the tests run', *sys.argv[1:])",
            self.aside / "ensurepip" / "__init__.py": "",
            self.aside / "ensurepip" / "__main__.py": ENSUREPIP,
            self.aside / "ensurepip" / "pip.txt": PIP,
            self.aside / "bin" / "python3": PYTHON,
        }
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (self.aside / "bin" / "python3").chmod(0o755)

    def start(self, starter: Path | None = None, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call the starter, or what leads to it."""
        path = os.pathsep.join([str(self.aside / "bin"), os.environ["PATH"]])
        return subprocess.run(
            ["sh", str(starter or self.launch / "latentlab.sh"), *arguments],
            env=os.environ | {"PATH": path, "PYTHONPATH": str(self.aside)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def make_venv(self, folder: Path) -> Path:
        """An environment without pip, as uv's are; returns a file that somebody put into it."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], timeout=240, check=True)
        (kept,) = folder.glob("lib/python*/site-packages")
        (kept / "own.py").touch()
        return kept / "own.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def runs(result: subprocess.CompletedProcess[str]) -> bool:
    """Whether the app was started; returns whether pip was called before."""
    assert (result.returncode, result.stdout) == (0, "the app runs\n"), result.stderr
    return "pip installs" in result.stderr


def refused(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence that the starter said before it gave up."""
    assert (result.returncode, result.stdout) == (1, ""), result.stderr
    (line,) = result.stderr.splitlines()
    return line


def test_the_first_start_installs_and_the_second_does_not(checkout: Checkout) -> None:
    assert runs(checkout.start())
    assert not runs(checkout.start())
    assert checkout.start(None, "--theme", "dark").stdout == "the app runs --theme dark\n"


def test_what_was_installed_for_the_tests_is_enough_for_the_app(checkout: Checkout) -> None:
    tests = checkout.start(None, "test", "-k", "map")
    assert tests.stdout == "the tests run -n 2 --dist worksteal -k map\n" and "pip installs" in tests.stderr
    assert "pip installs" not in checkout.start(None, "test").stderr
    assert not runs(checkout.start())


def test_what_was_installed_for_the_app_is_not_enough_for_the_tests(checkout: Checkout) -> None:
    assert runs(checkout.start())
    assert "pip installs" in checkout.start(None, "test").stderr


@pytest.mark.parametrize("name", ["latentlab.sh", "latentlab.command"])
def test_through_links_it_finds_its_own_checkout(checkout: Checkout, tmp_path: Path, name: str) -> None:
    """From where the way up of the link itself leads to somebody else's environment."""
    kept = checkout.make_venv(tmp_path / ".venv")
    (tmp_path / ".venv" / "bin" / "python").unlink()
    binaries = tmp_path / ".local" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "second").symlink_to(checkout.launch / name)
    (binaries / "first").symlink_to("second")
    assert runs(checkout.start(binaries / "first"))
    assert kept.is_file() and checkout.venv.is_dir()
    (tmp_path / "folder").symlink_to(checkout.launch)
    assert not runs(checkout.start(tmp_path / "folder" / name))


def test_a_copy_of_the_starter_touches_nothing(checkout: Checkout, tmp_path: Path) -> None:
    kept = checkout.make_venv(tmp_path / ".venv")
    (tmp_path / ".venv" / "bin" / "python").unlink()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\n')
    copy = tmp_path / "a" / "b" / "latentlab.sh"
    copy.parent.mkdir(parents=True)
    shutil.copy(checkout.launch / "latentlab.sh", copy)
    assert refused(checkout.start(copy)) == (
        f"Latent Lab: {tmp_path} is not Latent Lab's checkout; call the starter there, or make a link to it."
    )
    assert kept.is_file()


def test_what_was_put_into_an_environment_without_pip_stays(checkout: Checkout) -> None:
    kept = checkout.make_venv(checkout.venv)
    assert runs(checkout.start())
    assert kept.is_file()


def test_an_environment_that_gets_no_pip_is_named_and_stays(checkout: Checkout) -> None:
    kept = checkout.make_venv(checkout.venv)
    (checkout.aside / "ensurepip" / "__main__.py").write_text("raise SystemExit('no pip here')")
    result = checkout.start()
    assert (result.returncode, result.stderr.splitlines()) == (1, [
        "no pip here",
        f"Latent Lab: the environment {checkout.venv} has no pip, and Python could not put it there (the reason stands "
        "above); mend it, or move the environment away, and start this again.",
    ])  # fmt: skip
    assert kept.is_file()


def test_an_environment_whose_python_does_not_run_is_made_anew(checkout: Checkout) -> None:
    kept = checkout.make_venv(checkout.venv)
    (checkout.venv / "bin" / "python").unlink()
    (checkout.venv / "bin" / "python").symlink_to("/nowhere/python3.11")
    assert runs(checkout.start())
    assert not kept.exists()


def test_a_folder_that_is_no_environment_is_named_and_stays(checkout: Checkout) -> None:
    checkout.venv.mkdir()
    (checkout.venv / "notes").touch()
    assert refused(checkout.start()) == (
        f"Latent Lab: {checkout.venv} is there and is not a virtual environment; move it away and start this again."
    )
    assert (checkout.venv / "notes").is_file()


def test_when_python_was_replaced_by_the_next_one_it_installs_again(checkout: Checkout) -> None:
    """The system's own, that the environment links to: the next one looks for libraries in another folder."""
    assert runs(checkout.start())
    (libraries,) = checkout.venv.glob("lib/python*")
    libraries.rename(libraries.with_name("python3.10"))
    assert runs(checkout.start())
    assert not runs(checkout.start())
    assert libraries.with_name("python3.10").is_dir()


def test_when_the_checkout_was_moved_it_installs_again(checkout: Checkout) -> None:
    assert runs(checkout.start())
    moved = checkout.root.rename(checkout.root.with_name("moved"))
    assert runs(checkout.start(moved / "resources" / "launch" / "latentlab.sh"))
    assert not runs(checkout.start(moved / "resources" / "launch" / "latentlab.sh"))
