#!/bin/sh
# Builds the wheel of the program and installs it into an environment of `dependencies.sh`, and
# removes pip from there. Run it in the root of the source.
set -eu
prefix=${1:?"say where: program.sh PREFIX"}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/build"
"$work/build/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --only-binary :all: --require-hashes --requirement deploy/image/build.lock
"$work/build/bin/python" -m pip --disable-pip-version-check --quiet wheel \
    --no-deps --no-build-isolation --wheel-dir "$work" .
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --no-index "$work"/stammkunde-*.whl
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet uninstall --yes pip setuptools
