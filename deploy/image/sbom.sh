#!/bin/sh
# Writes a bill of materials in CycloneDX: the packages of the image's lock, with the hash of each file
# that may be installed. Run it in the root of the source. FILE: the file to write.
set -eu
file=${1:?"say where: sbom.sh FILE"}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip --disable-pip-version-check --quiet install \
    --no-deps --only-binary :all: --require-hashes --requirement deploy/image/sbom.lock
# Without the addresses of packages: they would be those of the machine that runs this.
"$work/venv/bin/python" -W ignore -m cyclonedx_py requirements deploy/image/requirements.lock \
    --pyproject pyproject.toml --mc-type application --output-reproducible --short-PURLs \
    --index-url https://pypi.org/simple --spec-version 1.6 --output-format JSON --output-file "$file"
