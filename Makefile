# `make demo` shows the main job, `make test` proves it. Both set up .venv by themselves.

PYTHON ?= python3
# More than a small machine has cores: the tests wait for processes and for Slack's patience, too.
WORKERS ?= 3
UPGRADE ?= --upgrade
SEEDS ?= 1000

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PEERS := tests/peers
TYPED := supportbot tests deploy $(wildcard benchmarks)

.DELETE_ON_ERROR:
.PHONY: help demo test simulation benchmarks setup setup-test requirements clean

help:
	@echo "make demo          set up, then show a request going through the desk"
	@echo "make test          set up, then check style, types, layers and behaviour"
	@echo "make simulation    set up, then live through SEEDS simulated weeks of the whole desk"
	@echo "make benchmarks    set up, then measure speed and memory beside peers (NAMES=… for some)"
	@echo "make requirements  write requirements/*.txt anew from pyproject.toml"
	@echo "make clean         remove .venv and every cache"

demo: $(VENV)/.ready
	@$(BIN)/supportbot demo

test: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

simulation: setup-test
	SIMULATED_SEEDS=$(SEEDS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/simulation/test_weeks.py

benchmarks: $(VENV)/.ready-bench
	@$(BIN)/python -m benchmarks $(NAMES)

setup: $(VENV)/.ready

setup-test: $(VENV)/.ready-test $(PEERS)/node_modules/.ready

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) not found: install Python 3.11 or newer, or say make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); say make PYTHON=/path/to/a/newer/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "make: setting up $(VENV), this once"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamps say which requirements the environment was last brought up to.
$(VENV)/.ready: pyproject.toml requirements/runtime.txt requirements/build.txt | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-test: requirements/test.txt $(VENV)/.ready
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.ready-bench: requirements/bench.txt $(VENV)/.ready-test
	$(PIP) install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

# Without the npm registry the tests that need these peers are skipped, and say so.
$(PEERS)/node_modules/.ready: $(PEERS)/package.json $(PEERS)/package-lock.json $(VENV)/.ready-test
	@$(BIN)/python $(PEERS)/install_node_peers.py && touch $@ || echo "make: the peers from npm are not installed" >&2

requirements: | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/lock.txt
	@set -e; \
	lock() { \
		out=requirements/$$1.txt; shift; echo "$$out"; \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --no-annotate \
			--custom-compile-command "make requirements" $(UPGRADE) "$$@" --output-file "$$out" >/dev/null; \
	}; \
	lock bench pyproject.toml --group bench; \
	lock test pyproject.toml --group test --constraint requirements/bench.txt; \
	lock runtime pyproject.toml --constraint requirements/bench.txt; \
	lock build --group build --constraint requirements/bench.txt; \
	lock lock --group lock; \
	! grep -nE '(https?|file)://' requirements/*.txt

clean:
	rm -rf $(VENV) $(PEERS)/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
