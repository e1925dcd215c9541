# Everything goes through uv; where it is missing, plain python3 fetches it into .tools.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV ?= $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
PY := .venv/bin/python
ARGS ?=
# Tests and measurements start many processes: each would compile all it imports where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help try run test check format soak steady bench screenshots clean

help: ## What you can do here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.tools/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cohort needs Python 3.11 or newer; python3 here is $$(python3 --version)."; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@python3 -m venv .tools && .tools/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/.ready: pyproject.toml uv.lock | $(filter .tools/%,$(UV))
	@$(UV) sync --locked --quiet
	@touch $@

try: .venv/.ready ## Open the whole bot in the browser: no token, no network
	@$(PY) -m bot try $(ARGS)

run: .venv/.ready ## Run the bot (needs DISCORD_TOKEN)
	@$(PY) -m bot run

test: .venv/.ready ## The whole test suite
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/.ready ## Lint, format, types, import rules
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy bot cogs tests scripts bench
	@PYTHONPATH=. .venv/bin/lint-imports

format: .venv/.ready ## Format, and mend what can be mended
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

soak: .venv/.ready ## The fault table at its large size (ARGS=--small for a minute's worth)
	@$(PY) -m tests.soak $(ARGS)

steady: .venv/.ready ## Two hours of the whole bot under faults (ARGS="--minutes 30 --servers 200", or --small)
	@$(PY) -m tests.steady $(ARGS)

bench: .venv/.ready ## What Cohort costs beside a bare bot (ARGS=--small for a quick look)
	@$(PY) -m bench $(ARGS)

screenshots: .venv/.ready ## Take the pictures of the README again (needs Chromium)
	@$(PY) -m scripts.screenshots $(ARGS)

clean: ## Remove what the other targets made
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
