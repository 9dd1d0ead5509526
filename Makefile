# cauce: `make run` and `make test` work on a fresh machine with Python 3.11 or newer and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PORT   ?= 8000

.PHONY: run serve test test-all programs bench load reference clean
.DEFAULT_GOAL := run

run: $(READY)            ## set everything up and answer the question of 1 December 2022
	$(BIN)/cauce run

serve: $(READY)          ## the pathway and the board as a demonstration on this machine; `make serve PORT=8001`
	$(BIN)/cauce web serve --port $(PORT)

test: $(READY) programs  ## the laws of the house, style, types, and every test, those of the service on both databases
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile
	CAUCE_TEST_DATABASE=postgresql $(BIN)/pytest tests/web -n 2 --dist loadfile

test-all: test           ## and what takes minutes: every page in every language, long storms, size studies, what a clock bounds
	$(BIN)/pytest -n 2 --dist loadfile -m long
	$(BIN)/pytest -m timed
	CAUCE_TEST_DATABASE=postgresql $(BIN)/pytest tests/web/test_hostile.py -m long
	CAUCE_TEST_DATABASE=postgresql $(BIN)/pytest tests/web/test_time.py -m timed

programs:                ## PostgreSQL, Chromium and gettext, which the tests of the service use
	@sh tests/web/services.sh

bench: $(READY)          ## speed, side by side with peers; `make bench BENCH=--quick` for a short form
	$(BIN)/python -m benchmarks.stress $(BENCH)

load: $(READY)           ## load on this machine alone, bounded: the targets of the service, measured
	@sh tests/web/services.sh wrk
	$(BIN)/python -m benchmarks.load $(LOAD)

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
