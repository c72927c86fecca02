# The words a person and CI both use. Needs Python 3.12 or later and make; everything else comes from requirements.lock.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CONTEST := west-midlands

# pip's settings by environment: no nagging, nothing asked.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: run test check installed slow agree sbc links seeds ablations quick scoreboard bench bench-serve kill docs nights wheel lock clean

run: $(STAMP)
	@$(BIN)/forecast run --contest $(CONTEST)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The built wheel in an empty environment, run from another folder.
installed: $(STAMP)
	$(BIN)/python -m pytest -m slow tests/test_wheel.py

slow: $(STAMP)
	$(BIN)/python -m pytest -m slow --ignore tests/test_engines_agree.py

# The night's engine held against the reference on many states: a quarter of an hour of sampling.
agree: $(STAMP)
	$(BIN)/python -m pytest -m slow tests/test_engines_agree.py

# Nights drawn from the model itself: where the truth ranks in what the engines say, for docs/model.md.
sbc: $(STAMP)
	$(BIN)/python tests/sbc.py

# Swings of shares beside swings of log-odds, for docs/model.md.
links: $(STAMP)
	$(BIN)/python tests/links.py

# One moment by many seeds, for docs/model.md.
seeds: $(STAMP)
	$(BIN)/python tests/seeds.py

# What each part of the night's engine is worth, for docs/model.md.
ablations: $(STAMP)
	$(BIN)/forecast evaluate --ablations --page docs/model.md

# A few nights scored, to see that it still works; and the whole bank, for docs/scoreboard.md: make scoreboard ELEX=its/python
quick: $(STAMP)
	$(BIN)/forecast evaluate --quick --out out/quick

scoreboard: $(STAMP)
	$(BIN)/forecast evaluate --page docs/scoreboard.md $(if $(ELEX),--elex $(ELEX))

# Beside elex-model, where there is an environment for it: make bench ELEX=its/python DRIVER=bench_elex.py
bench: $(STAMP)
	@$(BIN)/python tests/bench.py $(if $(ELEX),--elex $(ELEX) --driver $(DRIVER))
	@$(BIN)/python tests/bench_run.py $(CONTEST)

# The live service on loopback: from news to the last of many clients. A shorter run: make bench-serve SECONDS=60
bench-serve: $(STAMP)
	@$(BIN)/python tests/bench_serve.py --seconds $(or $(SECONDS),300)

# Killed 200 times under load: nothing acknowledged is lost. A quarter of an hour.
kill: $(STAMP)
	KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest -m slow -s tests/live/test_kill.py

# What docs/ shows is made by commands, so that it can be made again.
docs: $(STAMP)
	$(BIN)/forecast schema > docs/forecast.schema.json
	$(BIN)/forecast plot --contest $(CONTEST) --out docs/pictures
	$(BIN)/python docs/make.py

# The shipped contests of past nights, from the files their figures come from: make nights SHARED=path
nights: $(STAMP)
	$(BIN)/python -B data/_make/nights.py $(SHARED)

wheel: $(STAMP)
	$(BIN)/python -m hatchling build -d dist

# Keeps the versions already locked that still fit; add UPGRADE=--upgrade for the newest.
lock: $(BIN)/python
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --quiet --extra dev --universal --python-version 3.12 --generate-hashes \
		--no-emit-index-url --no-header $(UPGRADE) -o requirements.lock

clean:
	rm -rf $(VENV) build dist .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Made once, and again when the lock or the project's metadata changes. The build backend is in the lock too.
$(STAMP): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# A name on the path may be a shim that runs nothing here, so each interpreter is tried. PYTHON=... names one outright.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do \
		if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then \
			echo "Making $(VENV) with $$python"; \
			exec $$python -m venv $(VENV); \
		fi; \
	done; \
	echo "make: no Python 3.12 or later runs here. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1
