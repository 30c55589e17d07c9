# grok2api: `make help` lists what there is. Nothing but Python 3.11+, make and git is assumed;
# every target brings its own tools into .venv, and works offline once that is there.

.DEFAULT_GOAL := help
.PHONY: help run test check format ui types clients browser pictures bench bench-console chaos lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

# Without byte code on disk every start would compile six hundred modules anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILED = $(BIN)/python -m compileall -q -j 0 src

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_READY) ## Set up and serve on http://localhost:8000 (the sandbox answers while the pool is empty)
	@exec $(BIN)/python main.py serve --sandbox

test: $(DEV_READY) ## Set up and run the tests
	@$(BIN)/python -m pytest -q -n 4 --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(DEV_READY) ## Lint, types, layers, house rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=src $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/house

format: $(DEV_READY) ## Format the code
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

ui: types ## Check and build the console anew (needs Node 20.19+)
	@npm --prefix ui ci --ignore-scripts --silent
	@npm --prefix ui run --silent check
	@npm --prefix ui run --silent build

types: $(DEV_READY) ## Write the admin API's shapes and the words of parameters for the console
	@PYTHONPATH=src:tests $(BIN)/python -m support.admin_types
	@PYTHONPATH=src:tests $(BIN)/python -m support.reference_words

clients: $(DEV_READY) ## Run the Node clients, Codex and Claude Code against a real server (needs Node 20+)
	@$(BIN)/python tests/clients/run.py $(CLIENTS)

browser: $(DEV_READY) ## Walk through the console in Chromium (installed with apt if it is missing)
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
		|| command -v google-chrome >/dev/null 2>&1 \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium fonts-wqy-microhei >/dev/null; } \
		|| { echo "Chromium is missing. As root: apt-get install chromium fonts-wqy-microhei" >&2; exit 1; }
	@$(BIN)/python -m pytest -q -m browser --timeout 600 -n 2 --dist worksteal tests/browser $(TESTS)

pictures: $(DEV_READY) ## Make the pictures of the console for the documents (needs Chromium and its fonts)
	@PYTHONPATH=src:tests $(BIN)/python -m support.console_pictures $(PICTURES)

bench: $(DEV_READY) ## Measure this gateway beside nginx and a direct connection (needs a C compiler)
	@$(BIN)/python bench/selection.py
	@$(BIN)/python bench/run.py $(BENCH)

bench-console: $(DEV_READY) ## Measure the console with 10,000 credentials and a million requests (Chromium for frames)
	@$(BIN)/python bench/console.py $(BENCH)

chaos: $(DEV_READY) ## Slow faults, kills and soaks; prints what it measured
	@$(BIN)/python -m pytest -q -s -m chaos tests $(TESTS)

lock: $(UV) ## Compile the locks anew (needs a package index)
	@$(COMPILE) pyproject.toml --all-extras -o requirements.txt
	@$(COMPILE) pyproject.toml --all-extras --group dev -o requirements-dev.txt

clean: ## Remove the virtual environment and caches (never data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "grok2api needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(UV): | $(BIN)/python
	@command -v $(UV) >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(BIN)/grok2api: | $(BIN)/python
	@printf '#!/bin/sh\nexec "%s/$(BIN)/python" "%s/main.py" "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $@
	@chmod 755 $@

$(RUN_READY): requirements.txt | $(UV) $(BIN)/grok2api
	@echo "Setting up grok2api in $(VENV) ..."
	@$(INSTALL) -r requirements.txt
	@$(COMPILED)
	@touch $@

$(DEV_READY): requirements-dev.txt | $(UV) $(BIN)/grok2api
	@echo "Setting up the development tools in $(VENV) ..."
	@$(INSTALL) -r requirements-dev.txt
	@$(COMPILED)
	@touch $@ $(RUN_READY)
