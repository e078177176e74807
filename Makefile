# Image Console. `make` alone lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
SANDBOX_PORT ?= 9696
# pytest-xdist's worker count; the suite is written for two cores
JOBS ?= auto
export PORT SANDBOX_PORT

.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-glance docs lint format bench chaos clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- installation: again only when a requirements file changed --------------------------------------------------------
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say PYTHON=/path/to/it" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "No venv module: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.3'

$(VENV)/.run-installed: requirements.txt requirements-build.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --build-constraint requirements-build.txt -r requirements.txt
	@touch $@

$(VENV)/.dev-installed: requirements-dev.txt requirements.txt requirements-build.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --build-constraint requirements-build.txt -r requirements-dev.txt
	@touch $@ $(VENV)/.run-installed

# Chromium drives the browser tests. Debian's package is used when there is none; as root it is installed by itself.
.PHONY: browser
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "The browser tests need Chromium: sudo apt-get install chromium" >&2; exit 1; fi; }

# --- what people type -------------------------------------------------------------------------------------------------
run: $(VENV)/.run-installed  ## install, migrate, start everything, print the URL and the demo sign-ins
	@exec $(BIN)/python -m console.embedded

test: $(VENV)/.dev-installed browser test-sqlite test-postgres  ## the whole suite, on SQLite and on PostgreSQL

test-sqlite: $(VENV)/.dev-installed
	$(BIN)/python -m pytest -n $(JOBS)

# What hangs on the database once more, on a PostgreSQL started from a wheel.
test-postgres: $(VENV)/.dev-installed
	$(BIN)/python -m tests.on_postgres -n $(JOBS) tests/permissions tests/filters tests/selectors tests/services tests/views tests/management tests/crash tests/incoming tests/audit tests/operations tests/signin/test_races.py

# The suite runs against the sandbox. This runs client and console against the real thing, on free ports of loopback.
GLANCE := var/glance-venv
$(GLANCE)/.installed: tests/glance/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(GLANCE)
	$(GLANCE)/bin/python -m pip install --quiet -r tests/glance/requirements.txt
	@touch $@

test-glance: $(VENV)/.dev-installed $(GLANCE)/.installed  ## client and console against a real Keystone and Glance; takes minutes
	GLANCE_VENV=$(GLANCE) $(BIN)/python -m pytest tests/glance

SEEDS ?= 1
OPERATIONS ?= 500
chaos: $(VENV)/.dev-installed  ## operations while everything breaks; SEEDS=n, OPERATIONS=n; fails on any loss
	$(BIN)/python -W ignore -m tests.chaos --seeds $(SEEDS) --operations $(OPERATIONS)

docs: $(VENV)/.dev-installed  ## write docs/api-coverage.md anew
	$(BIN)/python -m tests.protocol.coverage

lint: $(VENV)/.dev-installed  ## style, types, import rules, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings HTTPS=true $(BIN)/python manage.py check --fail-level WARNING

format: $(VENV)/.dev-installed  ## put the code into its form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.dev-installed  ## measure against floors of the same run; FAST=1 for the small sizes (var/bench.json)
	$(BIN)/python -m tests.bench $(if $(FAST),--fast)

clean:  ## remove what was installed and what was running here
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
