#!/bin/sh
# For a double click on macOS; `latentlab.command test` in a terminal runs the tests.
exec sh "$(dirname -- "$0")/latentlab.sh" "$@"
