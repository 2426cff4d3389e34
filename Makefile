# What people and CI run. 'make' lists it. Everything is installed into .venv, nothing outside it is touched.

VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
# What 'make serve' builds; the first answers where a request names none.
COLLECTIONS ?= cj_dropshipping demo_store
# Where 'make serve' listens: make serve PORT=8110. Else FAQ_PORT counts; a PORT in the environment may be another
# program's.
WITH_PORT = $(if $(filter command,$(origin PORT)),FAQ_PORT="$(PORT)")
# Extra arguments of pytest, such as ARGS='-m "not model" -x'.
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve build test lint format check relevance gaps constraints clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 22

install: $(VENV)/.installed-dev ## everything for building, serving and working on it, into .venv

serve: build ## install, build the bundled FAQs and serve them on http://127.0.0.1:8000 (PORT=...)
	@$(WITH_PORT) FAQ_DEFAULT_COLLECTION="$${FAQ_DEFAULT_COLLECTION-$(firstword $(COLLECTIONS))}" exec $(BIN)/faq serve

build: $(VENV)/.installed-build ## install, and build the bundled FAQs where they changed
	@for name in $(COLLECTIONS); do $(BIN)/faq rebuild "$$name" || exit; done

test: $(VENV)/.installed-dev ## install, and run every test that can run here
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.installed-dev ## put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

check: lint test ## lint and test: what a change must pass

relevance: $(VENV)/.installed-dev ## measure ranking and confidence on the evaluation sets of a folder: DATASETS=...
	@test -n "$(DATASETS)" || { echo "Name the folder of the evaluation sets: make relevance DATASETS=folder; \
	benchmarks/README.md tells what lies in it" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.relevance.measure "$(DATASETS)"

gaps: $(VENV)/.installed-dev ## measure how well gaps are found, on the evaluation sets of a folder: DATASETS=...
	@test -n "$(DATASETS)" || { echo "Name the folder of the evaluation sets: make gaps DATASETS=folder; \
	benchmarks/README.md tells what lies in it" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.gaps.measure "$(DATASETS)" --large

constraints: ## renew constraints.txt with the newest versions that pyproject.toml allows
	@rm -rf $(VENV)-newest
	@$(MAKE) --no-print-directory VENV=$(VENV)-newest $(VENV)-newest/bin/python
	@$(VENV)-newest/bin/python -m pip install --upgrade -e '.[build,admin,dev]'
	@grep '^#' constraints.txt > $(VENV)-newest/constraints.txt
	@$(VENV)-newest/bin/python -m pip freeze --all --exclude-editable --exclude pip \
	    | sed 's/+[^ ]*$$//' | sort -f >> $(VENV)-newest/constraints.txt
	@mv $(VENV)-newest/constraints.txt constraints.txt
	@rm -rf $(VENV)-newest

clean: ## remove .venv, caches and the built snapshots
	rm -rf $(VENV) $(VENV)-newest snapshots *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp is as new as the last install of what it names; without a change, nothing is installed again.
$(VENV)/.installed-build: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time this takes some minutes"
	@$(PIP) install --quiet -c constraints.txt -e '.[build,admin]'
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time this takes some minutes"
	@$(PIP) install --quiet -c constraints.txt -e '.[build,admin,dev]'
	@touch $@ $(VENV)/.installed-build

# PYTHON=... chooses the interpreter; else it is the newest that all versions in constraints.txt have wheels for.
$(BIN)/python:
	@for python in $${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	        echo "$$python can't make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	        continue; \
	    fi; \
	    echo "Making $(VENV) with $$("$$python" --version) ($$python)"; \
	    exec "$$python" -m venv --clear $(VENV); \
	done; \
	echo "No Python 3.11 or newer was found$${PYTHON:+ as '$$PYTHON'}. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	exit 1
