# Every target sets up what it needs in a private environment, .venv.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin

.PHONY: demo test check lint format types benchmark gallery clean

demo: $(VENV)/installed
	$(RUN)/chainrule demo

test: $(VENV)/installed
	$(RUN)/python -m pytest

# Everything that must hold before a change lands.
check: test lint types

lint: $(VENV)/installed
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .

format: $(VENV)/installed
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

types: $(VENV)/installed
	$(RUN)/mypy

benchmark: $(VENV)/installed
	$(RUN)/python benchmarks/run.py

# The pictures of README and docs.
gallery: $(VENV)/installed
	$(RUN)/python docs/gallery.py

clean:
	rm -rf $(VENV) build dist *.egg-info demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,examples]"
	touch $@
