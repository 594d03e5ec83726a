#!/bin/sh
# For a double click on macOS; `latentlab.command test` in a terminal runs the tests.
# What was called may be a link to this file, from the desktop for instance; latentlab.sh is beside the file itself.
starter=$0
while [ -L "$starter" ]; do
    target=$(readlink -- "$starter")
    case $target in
        /*) starter=$target ;;
        *) starter=$(dirname -- "$starter")/$target ;;
    esac
done
exec sh "$(dirname -- "$starter")/latentlab.sh" "$@"
