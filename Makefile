# Yanlian: `make run` and `make test` set up all they need in .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
SHELL := /bin/sh
.PHONY: run test lint text docs bench setup assets screenshots lock clean

run: .venv/.run assets
	$(BIN)/yanlian demo --out var/demo

test: .venv/.dev assets text
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Catalogues of both languages, and the generated pages of the guide.
text: .venv/.run
	$(BIN)/python tools/catalogues.py

docs: .venv/.run
	$(BIN)/python tools/docs.py

bench: .venv/.dev assets
	$(BIN)/python -m benchmarks

screenshots: .venv/.dev assets
	$(BIN)/python tools/screenshots.py

setup: .venv/.run assets

assets: .venv/.run
	$(BIN)/python tools/assets.py
	$(BIN)/python tools/catalogues.py

lock: .venv/.dev
	tools/lock.sh

.venv/.run: requirements/run.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Setting up .venv (first time: a few minutes)"
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

clean:
	rm -rf .venv node_modules var src/yanlian_web/ui/static/ui/build
