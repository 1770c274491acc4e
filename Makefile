# Everything sets itself up: a machine with Python 3.11 or later and make is enough.
.PHONY: run test check check-native bench docs clean

# make test PYTHON=python3.13 tests with another Python, in a folder of its own.
PYTHON ?= python3
ifeq ($(origin PYTHON),file)
VENV := .venv
else
VENV := .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
endif
BIN := $(VENV)/bin
COMPILED := hatch_build.py $(foreach type,$(wildcard sim/*/*.pxd),$(type) $(type:.pxd=.py))
WORKERS ?= 2
# Hundreds of processes start in the tests: none compiles what another one has.
export PYTHONDONTWRITEBYTECODE :=

run: $(VENV)/.run  ## one year of the flagship campus: report on the screen, files in runs/ai_campus
	$(BIN)/dcgrid run scenarios/ai_campus.py --out runs/ai_campus

test: check  ## lint, types and every test
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/.dev  ## lint and types alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-native: $(BIN)/python  ## compiled code with bounds checked and sanitizers, under its laws; needs gcc
	rm -rf .venv-native && $(PYTHON) -m venv .venv-native
	mkdir .venv-native/source && cp -r sim *.py *.toml *.md LICENSE .venv-native/source
	cd .venv-native/source && DCGRID_CHECKED=1 ../bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	cd .venv-native && LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
		ASAN_OPTIONS=detect_leaks=0 bin/python -P -m pytest -q -p no:cacheprovider -o pythonpath= -n $(WORKERS) \
		$(addprefix ../tests/,bus plant books compute replay serving/test_queue.py serving/test_slots.py test_laws.py)

bench: $(VENV)/.bench  ## speeds, as ratios
	$(BIN)/python -m pytest tests/benchmarks -q --benchmark-columns=min,median,rounds

docs: $(VENV)/.docs  ## the documentation as a site in docs/_build/html, with every notebook and case run and links checked
	$(BIN)/sphinx-build -q -W --keep-going $(SPHINX) -c docs . docs/_build/html
	$(BIN)/python docs/links.py docs/_build/html

clean:
	rm -rf .venv .venv-* docs/_build docs/generated runs sweeps .pytest_cache .hypothesis .mypy_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dcgrid needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml $(COMPILED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml $(COMPILED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	touch $@

$(VENV)/.docs: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@
