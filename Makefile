# `make` lists the targets. Nothing is installed outside this folder, and nothing is interactive.

PYTHON ?= python3
UV_VERSION := 0.13.9
ARGS ?=

BIN := .venv/bin
# The interpreter's version is in the stamp's name, so that another PYTHON= makes another .venv.
STAMP := .venv/.made-with-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo none)

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Some containers forbid Python to keep what it compiled; each process would then compile thousands
# of files again, which is half of what a short one costs.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-slow bad-input chaos faults bench lint format feeds readme airflow airflow-stop shop setup clean clean-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 selects the interpreter (3.11 to 3.13), ARGS=... is passed to the program:"
	@echo "  make run ARGS='--scale 3', make test ARGS='-k windows', make shop ARGS='--port 8099'"

run: $(STAMP) ## Simulate a shop, and run the real DAGs over its history and its last day
	@$(BIN)/python -m storepulse_local.demo $(ARGS)

# Three files at a time on two cores, because builds wait for the disk, too; in the order of
# tests/conftest.py: the longest first, so that the many short ones fill up at the end.
PYTEST := $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

test: $(STAMP) ## Run the tests, in a quarter of an hour on two cores
	@$(PYTEST) -m 'not slow' $(ARGS)

# A whole Airflow needs both cores for itself: with other tests running, its hundred tasks take four
# times as long. With ARGS that select tests, either part may have none, and pytest exits with 5.
test-slow: $(STAMP) ## Run the tests that take minutes each: `make run`, a whole Airflow, kills, long histories
	@$(PYTEST) -m 'slow and not scheduler' $(ARGS) || [ $$? -eq 5 ]
	@$(BIN)/pytest tests/flow/test_scheduler.py -m scheduler $(ARGS) || [ $$? -eq 5 ]

bad-input: $(STAMP) ## Show the result of every kind of bad input, and exit with 1 if one is unexpected
	@PYTHONPATH=tests $(BIN)/python -m bad_input.show $(ARGS)

chaos: $(STAMP) ## Kill steps at random moments, run them again, compare with an undisturbed run (ARGS='--kills 200 --seed 1')
	@PYTHONPATH=tests $(BIN)/python -m chaos $(ARGS)

faults: $(STAMP) ## Seed the faults of tests/faults one by one, and exit with 1 if its test misses one (ARGS='03- mail')
	@PYTHONPATH=tests $(BIN)/python -m faults $(ARGS)

bench: $(STAMP) ## Measure each step: rows, seconds, memory; one more day after 30 and after 365 days (ARGS='--data DIR')
	@$(BIN)/python tests/bench/measure.py $(ARGS)

lint: $(STAMP) ## Check style, types, import contracts and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

format: $(STAMP) ## Format Python and SQL
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_project/models

feeds: $(STAMP) ## Write the files that follow from the feed registry: dbt's sources, the table of feeds
	@$(BIN)/python -m storepulse.feeds.derived_files

readme: $(STAMP) ## Write the output of commands into README and docs (ARGS='--run FILE' for that of `make run`)
	@PYTHONPATH=tests $(BIN)/python -m support.printed_outputs $(ARGS)

airflow: $(STAMP) ## Start Airflow with the project's DAGs on this machine, and print its address
	@$(BIN)/python -m storepulse_local.standalone start $(ARGS)

airflow-stop: $(STAMP) ## Stop Airflow, with every process it started
	@$(BIN)/python -m storepulse_local.standalone stop

shop: $(STAMP) ## Serve the simulated shop until Ctrl-C
	@$(BIN)/python -m storepulse_local.shop $(ARGS)

setup: $(STAMP) ## Only create the environment (.venv), from uv.lock

clean: airflow-stopped ## Remove the environment, tools and caches; data under var/ stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf dbt_project/target dbt_project/logs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: airflow-stopped ## Remove everything under var/: the demo's data, and your own if there is any
	rm -rf var

.PHONY: airflow-stopped
airflow-stopped:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m storepulse_local.standalone stop --quiet; fi

$(STAMP): pyproject.toml uv.lock | .tools/bin/uv
	@.tools/bin/uv sync --frozen --python "$(PYTHON)"
	@touch $@

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || { \
	  echo "storepulse needs Python 3.11, 3.12 or 3.13; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo missing)." >&2; \
	  echo "Install one (apt-get install python3) and name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$$($(PYTHON) --version) cannot make virtual environments: apt-get install python3-venv" >&2; exit 1; }
	@echo "Creating the environment; this takes a minute or two the first time."
	@$(PYTHON) -m venv .tools
	@.tools/bin/pip install --quiet uv==$(UV_VERSION)
	@touch $@
