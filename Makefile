# Linden. `make` alone lists what there is; README.md says more.

.DEFAULT_GOAL := help
.PHONY: help setup run demo test test-next check format schema messages bench clean

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
REDOCLY := 2.77.0
BIOME := 2.6.8
# The newest Python we support among those on this machine; PYTHON=… chooses another.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
# What Linden moves to next: not released with, and not in CI.
NEXT := Django==6.1.3 django-unfold==0.110.0
NEXT_PYTHON ?= $(shell for name in python3.13 python3.12 python3; do \
	$$name -c 'import sys; sys.exit(not (3, 12) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$name && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(wildcard shop accounts inventory catalog pricing cart orders payments reviews notifications reports)
TEMPLATES = $(shell find templates $(SOURCES) -name '*.html' -path '*templates/*')
# A production that lacks nothing, for the checks that only speak up there.
PRODUCTION := ENVIRONMENT=production DEBUG=off LOG_TO_FILE=off \
	SECRET_KEY=only-for-make-check-7Qm2vX9pLr4tYw8zBn3kHd6sJf1gCa5eUo0iTxRq \
	ALLOWED_HOSTS=shop.example SITE_URL=https://shop.example \
	DATABASE_URL=sqlite:///:memory: EMAIL_URL=smtp+tls://user:password@mail.example:587 \
	SHOP_LEGAL_NAME="Shop Ltd" SHOP_ADDRESS="1 High Street|Berlin" SHOP_VAT_ID=DE000000000

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.development ## Build .venv with everything that running, testing and checking need

run: .venv/.runtime ## Serve the shop at http://127.0.0.1:8000, filled with demo goods the first time
	@$(MANAGE) serve

demo: .venv/.runtime ## Fill the shop's database with the demo goods
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) demo

test: setup ## The whole suite, on SQLite and PostgreSQL (ARGS="-k checkout" narrows it)
	@$(BIN)/python -m tests.run $(ARGS)

test-next: .venv-next/.development ## The core's and the sale's tests on Django to come (ARGS names others)
	ENVIRONMENT=test DATABASE_URL=sqlite:///var/next.db REDIS_URL= \
		.venv-next/bin/python -m pytest -q $(or $(ARGS),shop/core pricing cart orders)

check: setup ## Everything a machine can check without running the suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(BIN)/djhtml --check --tabwidth 2 $(TEMPLATES)
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python -m tests.unused
	DATABASE_URL=sqlite:///:memory: $(MANAGE) makemigrations --check --dry-run
	$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory var/openapi.yaml
	diff -u docs/openapi.yaml var/openapi.yaml || { echo "The API changed: run make schema and commit docs/openapi.yaml."; exit 1; }
	@$(MAKE) --no-print-directory lint-openapi
	@$(MAKE) --no-print-directory lint-static

format: setup ## Let the tools put code and templates in order
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true
	$(BIN)/djhtml --tabwidth 2 $(TEMPLATES)
	@$(MAKE) --no-print-directory lint-static WRITE=--write

schema: setup ## Write docs/openapi.yaml anew
	@$(MAKE) --no-print-directory var/openapi.yaml
	cp var/openapi.yaml docs/openapi.yaml

messages: setup ## Bring locale/ up to the texts in the code (needs gettext)
	$(MANAGE) makemessages --all --no-wrap --add-location file $(foreach name,tests var staticfiles node_modules,--ignore $(name))

bench: setup ## Measure the shop's speed (see docs/performance.md)
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## Remove what was built; the shop's data in var/ stays
	rm -rf .venv .venv-next staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Redocly's recommended rules. Left out, and said so, where there is no node; in CI nothing is left out.
.PHONY: lint-openapi
lint-openapi:
	@if command -v npx >/dev/null; then \
		REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --yes @redocly/cli@$(REDOCLY) lint --config docs/redocly.yaml --max-problems 20 docs/openapi.yaml; \
	elif [ "$$CI" = true ]; then echo "CI needs node and npm for Redocly."; exit 1; \
	else echo "Not checked: docs/openapi.yaml by Redocly's rules, since npx is not installed."; fi

# Style sheets and scripts by Biome's recommended rules; WRITE=--write mends what it can.
.PHONY: lint-static
lint-static:
	@if command -v npx >/dev/null; then \
		npx --yes @biomejs/biome@$(BIOME) check --error-on-warnings $(WRITE); \
	elif [ "$$CI" = true ]; then echo "CI needs node and npm for Biome."; exit 1; \
	else echo "Not checked: style sheets and scripts by Biome's rules, since npx is not installed."; fi

.PHONY: var/openapi.yaml
var/openapi.yaml:
	@mkdir -p var
	@ENVIRONMENT=test DATABASE_URL=sqlite:///:memory: $(MANAGE) spectacular --validate --fail-on-warn --file $@

# Stamps: pip runs again only when the pins have changed.
.venv/.python:
	@test -n "$(PYTHON)" || { echo "Linden needs Python 3.11, 3.12 or 3.13; PYTHON=/path/to/python names one."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv package (on Debian: apt-get install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || { echo "Building .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@touch $@

.venv/.runtime: requirements.txt .venv/.python
	@echo "Installing what the shop needs"
	@$(PIP) install -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt .venv/.runtime
	@echo "Installing what tests and checks need"
	@$(PIP) install -r requirements-dev.txt
	@touch $@

.venv-next/.development: requirements.txt requirements-dev.txt Makefile
	@test -n "$(NEXT_PYTHON)" || { echo "$(firstword $(NEXT)) needs Python 3.12 or 3.13; NEXT_PYTHON=/path/to/python names one."; exit 1; }
	@test -x .venv-next/bin/python || $(NEXT_PYTHON) -m venv .venv-next
	@.venv-next/bin/python -m pip --disable-pip-version-check --quiet install -r requirements-dev.txt
	@.venv-next/bin/python -m pip --disable-pip-version-check --quiet install $(NEXT)
	@touch $@
