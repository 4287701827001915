.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## list the chores
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "PoliDat needs Python 3.11: install it, or run make with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.run: .venv/.python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

run: .venv/.run  ## start the marketplace and print its address
	@exec $(BIN)/polidat up

browser:
	@sh scripts/find_browser.sh

test: .venv/.dev browser  ## run the whole suite, with coverage
	$(BIN)/coverage erase
	$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder --cov --cov-report=term

lint: .venv/.dev  ## ruff, pyright, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: .venv/.dev  ## every benchmark, each printing a ratio
	@for each in benchmarks/*.py; do case $$each in */__init__.py) ;; *) echo "== $$each"; $(BIN)/python -m benchmarks.$$(basename $$each .py) || exit 1;; esac; done

api-reference: .venv/.dev  ## write docs/api.md from the OpenAPI description
	$(BIN)/python -m scripts.api_reference > docs/api.md

lock: .venv/.dev  ## pin the dependencies again (needs uv)
	uv pip compile pyproject.toml --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --generate-hashes --no-header --no-annotate --python-version 3.11 -o requirements-dev.lock

.PHONY: help run test lint bench api-reference lock browser
