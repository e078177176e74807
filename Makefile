# Image Console. `make` alone lists what there is.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
SANDBOX_PORT ?= 9696
# pytest-xdist's worker count; the suite is written for two cores
JOBS ?= auto
# Tests start Python some hundred times. Where the environment forbids to keep compiled code (images of containers do),
# each start would compile everything anew: half of its time, and seven seconds of each collection.
unexport PYTHONDONTWRITEBYTECODE
export PORT SANDBOX_PORT

.DEFAULT_GOAL := help
.PHONY: help run test test-all check test-room test-sqlite test-postgres test-postgres-rest test-slow test-pythons test-newest test-glance conformance docs lock audit lint format bench chaos soak fuzz clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- installation: again only when a lock changed ---------------------------------------------------------------------
# The builder first, for what comes as source alone; pip of any age can do this, and checks every file.
define install
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r $(1).lock
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say PYTHON=/path/to/it" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "No venv module: apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.run-installed: requirements.lock requirements-build.lock | $(BIN)/python
	$(call install,requirements)
	@touch $@

$(VENV)/.dev-installed: requirements-dev.lock requirements-build.lock | $(BIN)/python
	$(call install,requirements-dev)
	@touch $@ $(VENV)/.run-installed

# Programs of the machine that tests drive, each with Debian's package. As root they are installed by themselves.
.PHONY: browser machine
browser:
	@tests/packaging/machine.sh must chromium,chromium-browser,google-chrome:chromium

# Tests that need one of these say so and are left out when it is not there.
machine: browser
	@tests/packaging/machine.sh may nginx:nginx redis-server:redis-server rabbitmq-server:rabbitmq-server promtool:prometheus psql:postgresql-client

# --- what people type -------------------------------------------------------------------------------------------------
run: $(VENV)/.run-installed  ## install, migrate, start everything, print the URL and the demo sign-ins
	@exec $(BIN)/python -m console.embedded

test: $(VENV)/.dev-installed machine test-sqlite test-postgres  ## the suite, on SQLite and what differs on PostgreSQL

test-all: test test-slow test-pythons  ## everything, as CI runs it

SUITE_ON_SQLITE = $(BIN)/python -m pytest -n $(JOBS) $(if $(COVERAGE),--cov --cov-report=)
# Status 3: pytest itself broke down (its INTERNALERROR stands above), which no test did. Seen once, in CI; once more then.
test-sqlite: $(VENV)/.dev-installed
	$(SUITE_ON_SQLITE) || { test $$? -eq 3 && echo "pytest broke down: once more" && $(SUITE_ON_SQLITE); }
	$(if $(COVERAGE),$(BIN)/python -m tests.packaging.coverage)

# What is the database's doing once more, on a PostgreSQL started from a wheel. Other files need not even be collected.
ALSO_ON_POSTGRES = $$(grep -rl --include='test_*.py' also_on_postgres tests)
test-postgres: $(VENV)/.dev-installed
	$(BIN)/python -m tests.on_postgres -n $(JOBS) -m "also_on_postgres and not lane and not process" $(ALSO_ON_POSTGRES)

# All else that uses a database. By hand: in one run of all of it some fail together that pass by themselves.
test-postgres-rest: $(VENV)/.dev-installed
	$(BIN)/python -m tests.on_postgres -n $(JOBS) -m "(database and not browser and not also_on_postgres and not lane and not process) or (also_on_postgres and lane)"

# What takes half a minute each or starts processes, and not every change touches (the deployment, an upgrade, chaos,
# hours in small); and the rest of long tables: axe at each page in each theme, each address with each odd value.
test-slow: $(VENV)/.dev-installed machine  ## the lanes beside it: deployments, upgrades, chaos, people at work for minutes
	$(BIN)/python -m pytest -n $(JOBS) --maxschedchunk=1 -m "lane or process"
	$(BIN)/python -m tests.on_postgres -n $(JOBS) -m "also_on_postgres and (lane or process)" $(ALSO_ON_POSTGRES)

# By what lies in tests/: ROOM="quotas notices". One process each is enough for most.
test-room: $(VENV)/.dev-installed  ## the tests of one room (or several): make test-room ROOM=notices
	@test -n "$(ROOM)" || { echo "make test-room ROOM=… (a folder of tests/)" >&2; exit 1; }
	$(BIN)/python -m pytest -n $(JOBS) $(addprefix tests/,$(ROOM))

UNIT := not database and not browser and not process and not postgres and not slow and not lane
check: $(VENV)/.dev-installed lint  ## lint, types, unit tests, and the tests of what you changed since main: below a minute
	$(BIN)/python -m pytest -q -n $(JOBS) -m "$(UNIT)"
	@changed="$$($(BIN)/python -m tests.packaging.changed)"; \
	if test -n "$$changed"; then $(BIN)/python -m pytest -q -n $(JOBS) -m "not lane and not process and not browser" $$changed || test $$? = 5; fi

test-pythons: $(VENV)/.dev-installed  ## the quick tests on each other Python from 3.11 to 3.13 that is here, from the lock
	$(BIN)/python -m tests.packaging.quick pythons -n $(JOBS)

test-newest: $(VENV)/.dev-installed  ## what the newest allowed versions of everything would break
	$(BIN)/python -m tests.packaging.quick newest -n $(JOBS)

audit: $(VENV)/.dev-installed  ## known vulnerabilities of what is locked, where an advisory service answers
	$(BIN)/python -m tests.packaging.audit

# The suite runs against the sandbox. This runs client and console against the real thing, on free ports of loopback.
GLANCE := var/glance-venv
$(GLANCE)/.installed: tests/glance/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(GLANCE)
	$(GLANCE)/bin/python -m pip install --quiet -r tests/glance/requirements.txt
	@touch $@

test-glance: $(VENV)/.dev-installed $(GLANCE)/.installed  ## client and console against a real Keystone and Glance; takes minutes
	GLANCE_VENV=$(GLANCE) $(BIN)/python -m pytest tests/glance

# Other people's suites, against the sandbox. SUITE="tempest vendor" for some; WRITE=folder keeps what came of each test.
CONFORMANCE := var/conformance-venv
$(CONFORMANCE)/.installed: tests/conformance/requirements.txt | $(BIN)/python
	$(BIN)/python -m venv --clear $(CONFORMANCE)
	$(CONFORMANCE)/bin/python -m pip install --quiet -r tests/conformance/requirements.txt
	@touch $@

conformance: $(VENV)/.dev-installed $(CONFORMANCE)/.installed  ## tempest, openstacksdk, glanceclient, openstackclient and the vendor's SDK against the sandbox
	$(BIN)/python -W ignore -m tests.conformance $(CONFORMANCE) $(SUITE) $(if $(WRITE),--write $(WRITE))

SEEDS ?= 1
OPERATIONS ?= 500
FIRST ?= 1
chaos: $(VENV)/.dev-installed  ## operations while everything breaks; SEEDS=n, FIRST=n, OPERATIONS=n; fails on any loss
	$(BIN)/python -W ignore -m tests.chaos --seeds $(SEEDS) --first $(FIRST) --operations $(OPERATIONS)

MINUTES ?= 30
SEED ?= 1
soak: $(VENV)/.dev-installed  ## make run, used by several people while its parts are killed; MINUTES=n, SEED=n
	$(BIN)/python -W ignore -m tests.soak --minutes $(MINUTES) --seed $(SEED)

N ?= 15000
fuzz: $(VENV)/.dev-installed  ## random requests over all URLs and forms; N=n, SEED=n, FIRST=n; fails on any 500
	$(BIN)/python -W ignore -m tests.fuzz --requests $(N) --seed $(SEED) --first $(or $(FIRST),0)

docs: $(VENV)/.dev-installed  ## write docs/api-coverage.md anew
	$(BIN)/python -m tests.protocol.coverage

lock: $(VENV)/.dev-installed  ## newest allowed versions into the locks, and what that changes; PACKAGES="django redis" for some
	$(BIN)/python -m tests.packaging.lock $(PACKAGES)

# Stylesheets and scripts. Its wheel is for Linux on x86-64, as CI is; elsewhere they are left out.
biome = test ! -x $(BIN)/biome || $(BIN)/biome $(1)

lint: $(VENV)/.dev-installed  ## style of everything, types, import rules, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djangofmt --check --quiet templates
	$(call biome,ci --error-on-warnings)
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings HTTPS=true $(BIN)/python manage.py check --fail-level WARNING

format: $(VENV)/.dev-installed  ## put the code into its form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djangofmt templates
	$(call biome,check --write)

bench: $(VENV)/.dev-installed  ## measure against floors of the same run; FAST=1 for the small sizes (var/bench.json)
	$(BIN)/python -m tests.bench $(if $(FAST),--fast)

clean:  ## remove what was installed and what was running here
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
