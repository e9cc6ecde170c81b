# Everything here sets itself up: Python 3.11 or newer and make are enough.

PYTHON ?= python3
# pytest processes side by side, each with its own databases; they wait for much of their time.
TEST_PROCESSES ?= 3

BIN := .venv/bin
READY := .venv/.ready
CHECKED := hsl_tui tests migrations $(wildcard benchmarks/*.py screenshots/*.py)

.PHONY: demo test lint format snapshots screenshots bench chaos clean

demo: $(READY)
	@$(BIN)/hsl-tui demo

test: lint
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile

lint: $(READY)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary $(CHECKED)
	@$(BIN)/lint-imports > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }

format: $(READY)
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

snapshots: $(READY)
	@$(BIN)/python -m pytest tests/snapshots --snapshot-update

screenshots: $(READY)
	@$(BIN)/python screenshots/draw.py

bench: $(READY)
	@$(BIN)/python -m pip install -qq --no-input --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@$(BIN)/python -m benchmarks

# A hundred workers are killed while they send; the table of what became of it is the README's.
chaos: $(READY)
	@$(BIN)/python -m tests.crash.chaos

clean:
	@rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The stamp comes last, so that an interrupted installation is done again. A .venv that was moved or
# whose Python is gone is made anew.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("hsl-tui needs Python 3.11 or newer: make PYTHON=/path/to/python3" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv; this takes a minute, once." >&2
	@test "$$($(BIN)/python -c 'import sys; print(sys.prefix)' 2>/dev/null)" = "$(CURDIR)/.venv" || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --no-input --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@
