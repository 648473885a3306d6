# make run · make demo · make test · make check · make bench · make chaos
# Needs python3 ≥ 3.11 (with venv), make and a package index; everything else goes into .venv.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=

.PHONY: run demo test check format bench chaos setup lock clean

run: $(READY)
	@$(BIN)/python app.py serve $(ARGS)

demo: $(READY)
	@$(BIN)/python app.py demo

test: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not bench and not chaos" $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

chaos: $(READY)
	@$(BIN)/python -m tests.chaos $(ARGS)

setup: $(READY)

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or newer; $(PYTHON) is older. Say which one to use: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv. Then call make again." >&2; exit 1; }
	@echo "Setting up .venv (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9,<1"
	@index=$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true); \
	  $${index:+env UV_DEFAULT_INDEX="$$index"} $(BIN)/uv pip install --quiet --python $(BIN)/python \
	    --require-hashes --compile-bytecode -r requirements.lock
	@$(BIN)/python -m compileall -q app.py bot config graph insight integrations runbooks store
	@printf '#!%s\nimport sys\n\nsys.path.insert(0, "%s")\nfrom app import main\n\nmain()\n' \
	  "$(CURDIR)/$(BIN)/python" "$(CURDIR)" > $(BIN)/llm-copilot && chmod +x $(BIN)/llm-copilot
	@$(BIN)/python -m graph.understanding.train --into .venv/share/llm-copilot/models
	@touch $(READY)

lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --all-extras \
	  --python-version 3.11 pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
