# cauce: `make run` and `make test` work on a fresh machine with Python 3.11 or newer and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: run test lint bench reference clean
.DEFAULT_GOAL := run

run: $(READY)            ## set everything up and answer the question of 1 December 2022
	$(BIN)/cauce run

test: $(READY)           ## the laws of the house, style, types, and every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile

bench: $(READY)          ## speed, side by side with peers; `make bench BENCH=--quick` for a short form
	$(BIN)/python -m benchmarks.stress $(BENCH)

reference: $(READY)      ## rebuild the shipped reference tables from the real records in ../shared/data
	$(BIN)/cauce data build ../shared/data

clean:                   ## remove the environment and all results
	rm -rf $(VENV) results

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cauce needs Python 3.11 or newer; name one with 'make PYTHON=python3.12'."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/cauce doctor --compile
	@touch $(READY)
