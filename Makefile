# make demo | test | lint | bench | clean | replay FILE=… | mutate | screenshots
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8000
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
export PORT
# Everything here is for a developer's machine; a deployment is described by docker-compose.yml.
export DEBUG ?= 1

.PHONY: help demo test lint bench clean replay mutate screenshots lock format

help:
	@sed -n 1p Makefile | cut -c3-

demo: $(VENV)/demo.stamp
	@exec $(MANAGE) demo

test: $(VENV)/dev.stamp
	@tools/find_chromium
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@DATABASE_URL=postgres://lint@localhost/lint REDIS_URL=redis://localhost $(BIN)/mypy .
	@$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# Each benchmark prints one JSON object and makes and drops a database of its own.
bench: $(VENV)/dev.stamp
	@mkdir -p .local/bench
	@for name in $$(ls benchmarks | sed -n 's/^\([a-z].*\)\.py$$/\1/p'); do \
	  echo "$$name"; $(BIN)/python -m benchmarks.$$name $(ARGS) | tee .local/bench/$$name.json; \
	done

# A creditor's feed of two years, day by day through the REST API of a server of its own, against a plain recount.
replay: FILE ?= ../shared/data/receivables.csv
replay: $(VENV)/demo.stamp
	@$(BIN)/python docs/examples/replay_receivables.py --serve --file "$(FILE)"

screenshots: $(VENV)/dev.stamp
	@tools/find_chromium
	@$(BIN)/python docs/screenshots.py $(ARGS)

# Changes the pure gate line by line and says which changes no test notices. ARGS: names, as "compliance.hours.*".
mutate: $(VENV)/dev.stamp
	@rm -rf mutants
	@$(BIN)/mutmut run $(or $(ARGS),"compliance.gate.*")
	@$(BIN)/mutmut results

# Writes the lock files anew from the .in files.
lock: $(VENV)/dev.stamp
	@for name in requirements requirements-demo requirements-dev requirements-uv; do \
	  $(BIN)/uv pip compile --generate-hashes --no-emit-index-url --python-version 3.11 --no-header \
	    --annotation-style line --quiet --output-file $$name.txt $$name.in; \
	done

clean:
	@if [ -x $(BIN)/python ]; then $(MANAGE) services purge; fi
	@rm -rf $(VENV) .local staticfiles mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements-demo.txt requirements-uv.txt | $(BIN)/python
	@tools/install requirements-demo.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements-uv.txt | $(BIN)/python
	@tools/install requirements-dev.txt
	@touch $@ $(VENV)/demo.stamp
