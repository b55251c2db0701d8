# Five verbs for a human; `make help` lists them. Everything happens inside .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help install demo serve test check bench bench-crash screenshots lock clean
help:            ## what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(STAMP) ## make .venv with the locked dependencies
$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; call make PYTHON=python3.12, for example."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: $(STAMP)   ## a real phone call from greeting to confirmation (ONCE=1 stops after it)
	@$(BIN)/voice-agent demo $(if $(ONCE),--once)

serve: $(STAMP)  ## the server on http://127.0.0.1:8080
	@$(BIN)/voice-agent serve

test: $(STAMP)   ## everything that proves it works
	@$(BIN)/python -m pytest -n $(or $(WORKERS),3) --dist worksteal

check: $(STAMP)  ## format, lint, types, layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(STAMP)  ## percentiles and ratios
	@$(BIN)/voice-agent bench all

bench-crash: $(STAMP) ## kill real processes while they book, 300 times; about ten minutes
	@$(BIN)/voice-agent bench crash --rounds $(or $(ROUNDS),300)

screenshots: $(STAMP) ## pictures of the salon's pages for the README (needs chromium)
	@$(BIN)/python tests/voice_agent/admin/pictures.py docs/pages

lock:            # re-resolve requirements/dev.lock (maintainers; needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate -q -o requirements/dev.lock
	sed -i.bak "1,2c # Locked for every supported platform by \`make lock\`; do not edit." requirements/dev.lock && rm -f requirements/dev.lock.bak

clean:           ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
