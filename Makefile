# Every target sets up what it needs in a private environment: .venv, and .venv-demo for the demo.

PYTHON ?= python3
VENV := .venv
EXTRAS := dev
RUN := $(VENV)/bin
DEMO := .venv-demo
MKDOCS := NO_MKDOCS_2_WARNING=1 $(RUN)/python -m mkdocs

.PHONY: demo test check pyodide interrupts mutants fuzz lint format types benchmark figures generated gallery playground site serve coverage release sdist clean

demo: $(DEMO)/installed
	$(DEMO)/bin/chainrule demo

# On all cores; the tests of a group, such as those that share a browser, in one process.
test: $(VENV)/installed
	$(RUN)/python -m pytest --numprocesses auto --dist loadgroup

# Everything that must hold before a change lands.
check: test lint types

# Ten thousand interrupts, at every line and at random moments: what do they leave?
interrupts: $(VENV)/installed
	$(RUN)/python -m tests.fuzz.interrupts 10000

# On Python 3.14 in WebAssembly, as in the playground: what can run without NumPy, processes, threads.
pyodide: $(VENV)/installed
	$(RUN)/python -m tests.pyodide

# Break the code in a hundred places, one at a time: do the tests notice?
mutants: $(VENV)/installed
	$(RUN)/python -m tests.fuzz.mutants

# Twenty thousand random programs: does a compiled step compute what its loss does?
fuzz: $(VENV)/installed
	$(RUN)/python -m tests.fuzz --programs 20000

# Text is UTF-8 on every system, if its encoding is said: that rule is one of ruff's preview.
lint: $(VENV)/installed
	$(RUN)/ruff check .
	$(RUN)/ruff check --quiet --preview --select PLW1514 .
	$(RUN)/ruff format --check .

format: $(VENV)/installed
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

types: $(VENV)/installed
	$(RUN)/mypy

benchmark: $(VENV)/installed
	$(RUN)/python benchmarks/run.py

# The figures of the site's page of benchmarks, in docs/figures: half an hour, with nothing else running.
figures: $(VENV)/installed
	$(RUN)/python benchmarks/run.py --json docs/figures/run.json
	$(RUN)/python benchmarks/compiled.py --json docs/figures/compiled.json
	$(RUN)/python benchmarks/kinds.py --json docs/figures/kinds.json

# What the table of ops says and the source of autograd has to say too, for type checkers.
generated: $(VENV)/installed
	$(RUN)/python -m tests.generated
	$(RUN)/ruff format -q autograd nn

# The pictures of README and docs.
gallery: $(VENV)/installed
	$(RUN)/python docs/gallery.py

# The page with Python in it, in build/playground; node and npm are needed.
playground: $(VENV)/installed
	$(RUN)/python playground/build.py build/playground

# All of docs as a site, in build/site, with the playground.
site: playground $(VENV)/site
	$(MKDOCS) build --strict

# The same while it is written, at an address that the command says.
serve: playground $(VENV)/site
	$(MKDOCS) serve

# How much of the code the tests run, in build/coverage, on Python 3.12 or later: make coverage PYTHON=…
# A site that is built after that says it.
coverage: $(VENV)/installed
	$(RUN)/python -c "import sys; sys.exit(sys.version_info < (3, 12) and 'coverage needs Python 3.12')"
	$(RUN)/python -m coverage erase
	$(RUN)/python -m coverage run -m pytest --numprocesses auto --dist loadgroup
	$(RUN)/python -m coverage combine -q
	$(RUN)/python -m coverage html -q -d build/coverage
	$(RUN)/python -m coverage json -q -o build/coverage.json
	$(RUN)/python -m coverage report --skip-covered --format=markdown

# Builds, checks and tries what a person then uploads: make release URL=https://…, of the repository.
release: $(VENV)/installed
	$(RUN)/python tools/release.py $(URL)

sdist: $(VENV)/installed
	$(RUN)/python -m build --sdist

clean:
	rm -rf $(VENV) $(DEMO) build dist *.egg-info demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/installed: pyproject.toml
	@echo "Installing this package and what its tests need into $(VENV). It may take two minutes."
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --disable-pip-version-check --editable ".[$(EXTRAS)]"
	@touch $@

$(VENV)/site: $(VENV)/installed
	$(RUN)/python -m pip install --disable-pip-version-check --editable ".[docs]"
	@touch $@

$(DEMO)/installed: pyproject.toml
	@echo "Installing this package and what the demo needs (NumPy, matplotlib, scikit-learn) into"
	@echo "$(DEMO). It may take a minute."
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --disable-pip-version-check --editable ".[examples]"
	@touch $@
