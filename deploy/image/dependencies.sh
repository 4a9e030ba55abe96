#!/bin/sh
# Makes a Python environment with the dependencies of the program, exactly as in the lock.
# Run it in the root of the source. PREFIX: the folder of the environment.
set -eu
prefix=${1:?"say where: dependencies.sh PREFIX"}

python3 -m venv --clear "$prefix"
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --only-binary :all: --require-hashes --requirement deploy/image/requirements.lock
