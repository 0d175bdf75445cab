# Needs Python >= 3.10 with venv, make and git. Everything else goes into .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.10; do \
  "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && echo "$$name" && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
HOST ?= 127.0.0.1
PORT ?= 4000
CONFIG ?= litellm_config.yaml
LITELLM ?= 1.83.14 1.91.5 1.99.4 1.106.2

.PHONY: help demo run test test-matrix load docs lint audit fmt install redis clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## replay real agent sessions with and without the plugin; needs no key
	@$(BIN)/python -m examples.demo $(ARGS)

run: $(STAMP) ## start a LiteLLM proxy with the plugin (HOST, PORT, CONFIG; REDIS_URL for a shared store)
	@if [ -z "$$LITELLM_MASTER_KEY" ]; then \
	  export LITELLM_MASTER_KEY="sk-$$($(BIN)/python -c 'import secrets; print(secrets.token_hex(24))')"; \
	  echo "LITELLM_MASTER_KEY was not set. The key of this run: $$LITELLM_MASTER_KEY"; \
	fi; \
	exec $(BIN)/litellm --config $(CONFIG) --host $(HOST) --port $(PORT) $(ARGS)

# Importing litellm otherwise asks the network for its price list, and waits for that.
test: export LITELLM_LOCAL_MODEL_COST_MAP := True
test: $(STAMP) redis ## run the tests (ARGS for pytest)
	@$(BIN)/python -m pytest $(ARGS)

# One virtual environment a version, so that a second run is quick.
test-matrix: export LITELLM_LOCAL_MODEL_COST_MAP := True
test-matrix: $(STAMP) redis ## run the end-to-end tests on other versions of LiteLLM too (LITELLM="1.83.14 …")
	@status=0; \
	for version in $(LITELLM); do \
	  echo "== LiteLLM $$version"; \
	  venv=.venvs/litellm-$$version; \
	  { [ -e $$venv/.installed ] || { $(PYTHON) -m venv $$venv && $(BIN)/uv pip install --quiet --python $$venv \
	    "litellm[proxy]==$$version" --editable '.[all]' --group dev && touch $$venv/.installed; }; } && \
	  $$venv/bin/python -m pytest tests/proxy tests/test_sdk.py -q $(ARGS) || status=1; \
	done; exit $$status

load: $(STAMP) redis ## what the plugin costs a proxy under load (ARGS: throughput streams isolation redis shutdown soak)
	@$(BIN)/python -m benchmarks.load $(ARGS)

docs: $(STAMP) ## make the pages and tables anew that come from the code
	@$(BIN)/python -m docs.pages
	@$(BIN)/python -m docs.tables

lint: $(STAMP) ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: $(STAMP) ## look for known vulnerabilities in what is installed; says so where it cannot
	@$(BIN)/python .ci/audit

fmt: $(STAMP) ## format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(STAMP) ## make .venv and install everything into it

clean: ## remove .venv and all caches
	rm -rf $(VENV) .venvs .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv is many times faster than pip. pip does it where uv cannot be had, or cannot reach the index that pip is set up for.
$(STAMP): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "No Python >= 3.10 was found; name one: make PYTHON=/path/to/python3" >&2; exit 1; fi
	@if [ ! -x $(BIN)/python ] && ! $(PYTHON) -m venv $(VENV); then \
	  rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv" >&2; \
	  exit 1; \
	fi
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
	@echo "Installing into $(VENV) …"
	@{ $(BIN)/python -m pip install --quiet --disable-pip-version-check uv && \
	   $(BIN)/uv pip install --quiet --python $(BIN)/python --editable '.[all]' --group dev; } || \
	 { echo "uv did not do it; with pip this takes a few minutes …"; \
	   $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	   $(BIN)/python -m pip install --quiet --editable '.[all]' --group dev; }
	@touch $@

# The store tests use a real redis-server; without one they are skipped, and pytest's summary says so.
redis:
	@command -v redis-server >/dev/null && exit 0; \
	sudo=; if [ "$$(id -u)" != 0 ]; then sudo="sudo -n"; fi; \
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	  echo "Installing redis-server for the tests …"; \
	  { $$sudo apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server; } \
	    >/dev/null 2>&1 && command -v redis-server >/dev/null && exit 0; \
	fi; \
	echo "NOTE: there is no redis-server here and it could not be installed; the tests that need one are skipped."
