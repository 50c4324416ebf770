# The two commands: `make demo` and `make test`. Both set up all that they need into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check crash torture fuzz bench audit floors setup tools clean

demo: .venv/ready
	$(BIN)/cluster-archive demo

# In a process for each core, four at the most: what tests share, as the crawl of the built-in site, is made in each of them.
# Who steals takes the end of what another has left, so that files stay together. To look at one: pytest tests/x.py -k one
test: .venv/ready-dev
	$(BIN)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist worksteal

check: .venv/ready-dev
	$(BIN)/ruff format --check cluster_archive tests bench
	$(BIN)/ruff check cluster_archive tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports

crash: .venv/ready-dev
	$(BIN)/python tests/crash/driver.py

torture: .venv/ready-dev
	$(BIN)/python -m tests.torture

# Looks for bytes that break a promise: SECONDS for each of the subjects in tests/fuzz, guided by atheris where that installs.
SECONDS ?= 60
fuzz: .venv/ready-dev
	@.ci/fuzz --seconds $(SECONDS) $(SUBJECTS)

# Are advisories known for the versions that CI runs? Needs the network (docs/security.md).
audit:
	@.ci/audit

# Do the lowest versions that pyproject.toml allows really work?
floors:
	@.ci/floors

bench: .venv/ready-dev .tools/bench/ready
	.tools/bench/bin/python bench/extraction.py
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/verify.py
	$(BIN)/python bench/faults.py

# The peers have an environment of their own: some want older libraries than those that CI runs.
.tools/bench/ready: pyproject.toml
	@echo "Setting up .tools/bench ..."
	@$(PYTHON) -m venv .tools/bench
	@.tools/bench/bin/python -m pip install --quiet --upgrade --disable-pip-version-check 'pip>=25.1'
	@.tools/bench/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@# The current readability-lxml asks for an older cssselect than we do, and does without.
	@.tools/bench/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --no-deps readability-lxml
	@touch $@

setup: .venv/ready-dev

# pywb and warcprox, for the tests that hold our archives against them; without them those are skipped.
tools:
	@.ci/tools

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@echo "Setting up .venv (once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade --disable-pip-version-check 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

.venv/ready-dev: .venv/ready
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev
	@touch $@

clean:
	rm -rf .venv .tools build dist output/demo .fuzz .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
