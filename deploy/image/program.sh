#!/bin/sh
# Compiles the domain, builds the wheel of the program, installs it into an environment of
# `dependencies.sh`, and removes pip from there. Run it in the root of the source. It needs a C compiler.
set -eu
prefix=${1:?"say where: program.sh PREFIX"}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$work/build
packages_of() {
    "$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

python3 -m venv "$build"
"$build/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --only-binary :all: --require-hashes --requirement deploy/image/build.lock
# The compiler needs the types of the dependencies: those with which the program will run.
packages_of "$prefix" >"$(packages_of "$build")/dependencies.pth"
"$build/bin/python" -m native --required
STAMMKUNDE_COMPILED=1 "$build/bin/python" -m pip --disable-pip-version-check --quiet wheel \
    --no-deps --no-build-isolation --wheel-dir "$work" .
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --no-index "$work"/stammkunde-*.whl
"$prefix/bin/python" -m pip --disable-pip-version-check --quiet uninstall --yes pip setuptools
