PYTHON ?= python3
# Flags for the torch install alone; docs/decisions/0002-lock.md shows how to choose the CPU build with them.
TORCH_FLAGS ?=

BIN := .venv/bin
READY := .venv/.ready
TORCH := $(shell grep '^torch==' requirements.lock)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Waiting threads that spin cost more than they win on a machine with few cores.
export OMP_WAIT_POLICY ?= PASSIVE
export KMP_BLOCKTIME ?= 0
export GOMP_SPINCOUNT ?= 0

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench serve load format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## a virtual environment in .venv with exactly what requirements.lock names
	@:

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else \
	  "storyreel needs Python 3.11, 3.12 or 3.13 and found %d.%d: make setup PYTHON=python3.12" % v)'
	$(PYTHON) -m venv .venv
	$(PIP) --constraint requirements.lock $(TORCH_FLAGS) $(TORCH)
	$(PIP) --no-deps --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## a 24 s film of six shots in demo/film.mp4
	@mkdir -p demo
	@$(BIN)/storyreel make @app/demo_brief.txt --duration 24 --seed 7 --out demo/film.mp4 || \
	  { code=$$?; test $$code -eq 3 && echo "degraded: demo/film.report.html says which claims failed" || exit $$code; }
	@echo "$(CURDIR)/demo/film.mp4"

test: setup ## every test that does not take minutes
	$(BIN)/python -m pytest -m "not slow"

check: setup ## formatting, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

bench: setup ## how fast the world, the codecs and a whole film are on this machine
	$(BIN)/python -m evals.bench

serve: setup ## the page and the API on http://127.0.0.1:8000
	$(BIN)/storyreel serve

load: setup ## pollers, creates and streams on a server that films; exits 1 when a limit is passed
	$(BIN)/python -m evals.load

format: setup ## rewrite the sources as `make check` wants them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup ## resolve pyproject.toml again into requirements.lock
	$(BIN)/python .ci/lock.py

clean: ## remove the environment, the demo and every cache
	rm -rf .venv demo bench build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
