#!/bin/sh
# Makes a Python environment with what the program needs, exactly as the lock has it.
# To be run in the root of the source. PREFIX: where the environment comes to be.
set -eu
prefix=${1:?"say where: dependencies.sh PREFIX"}

python3 -m venv --clear "$prefix"
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --only-binary :all: --require-hashes --requirement deploy/image/requirements.lock
