# `make demo` and `make test` set everything up by themselves; they need Python 3.11 or later, and make.

VENV ?= .venv
PYTEST_WORKERS ?= 2
ROUNDS ?= 3

# The first Python that is new enough; PYTHON=/path/to/python picks another.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$python && break; done)

LOCK = requirements/dev.txt
READY = $(VENV)/.ready
RUN = $(VENV)/bin

.PHONY: demo test unit figures reliability bench check format format-check lint types docs messages tutorial recording lock clean help

help:
	@echo 'make demo         send the sample letter to a test server on this machine'
	@echo 'make test         run the tests'
	@echo 'make unit         run the quick ones only'
	@echo 'make figures      measure again what docs/figures.md states'
	@echo 'make reliability  measure again what docs/reliability.md states (TESTS="kill power" for some of it)'
	@echo 'make bench        measure speed against other senders into docs/performance.md (BENCH="send tls", ROUNDS=3)'
	@echo 'make check        format, lint, types, tests and docs: what must pass before every push'
	@echo 'make format       put the code into its form'
	@echo 'make messages     write docs/messages.md anew, from the source'
	@echo 'make tutorial     put what the commands print now into docs/tutorial.md'
	@echo 'make recording    take a picture of the demo into docs/demo.svg'
	@echo 'make lock         take the newest dependencies into $(LOCK)'
	@echo 'make clean        remove what these commands made'

demo: $(READY)
	$(RUN)/outreach demo

test: $(READY)
	$(RUN)/python -m pytest -n 0 -m timed
	$(RUN)/python -m pytest -n $(PYTEST_WORKERS) -m 'not timed'

# Without those that drive the command line or wait for sockets and processes: for the moment after every change.
unit: $(READY)
	$(RUN)/python -m pytest -n $(PYTEST_WORKERS) -m 'not flow and not wire' --hypothesis-profile=quick \
		--ignore tests/flows --ignore tests/smtp --ignore tests/sink \
		--ignore tests/test_architecture.py --ignore tests/test_docs.py

# What docs/figures.md states, measured again.
figures: $(READY)
	$(RUN)/python -m pytest -s tests/flows/test_pace.py tests/flows/test_interrupt.py
	$(RUN)/python -m tests.benchmarks.memory 200000

# What docs/reliability.md states, measured again and written there; takes a quarter of an hour on an idle machine.
reliability: $(READY)
	$(RUN)/python -m tests.reliability $(TESTS)

# What docs/performance.md states; fetches the other senders into build/bench. It takes an hour on an idle machine.
bench: $(READY)
	$(RUN)/python -m tests.benchmarks --rounds $(ROUNDS) $(BENCH)

# The tests come last, so that their summary stays in sight; those of the documents are among them.
check: format-check lint types test

format-check: $(READY)
	$(RUN)/ruff format --check .

lint: $(READY)
	$(RUN)/ruff check .

types: $(READY)
	$(RUN)/mypy

docs: $(READY)
	$(RUN)/python -m pytest tests/test_docs.py

format: $(READY)
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

# The tutorial, walked again; the tests only compare.
tutorial: $(READY)
	$(RUN)/python docs/tutorial.py --write

# The table of all messages, read from the source.
messages: $(READY)
	$(RUN)/python -m docs.messages

# The picture of the demo in the README.
recording: $(READY)
	$(RUN)/python docs/record.py

# Exactly the versions of the lock; the package itself is used in place. Done again only when one of these changes.
$(READY): $(LOCK) pyproject.toml
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or later with venv was found.' >&2; \
		echo 'Install one (on Debian: apt install python3 python3-venv), or name it: make PYTHON=/path/to/python' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo '$(PYTHON) is not Python 3.11 or later.' >&2; \
		echo 'Name a newer one: make PYTHON=/path/to/python' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check -r $(LOCK)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Into an environment of its own, so that nothing that was tried out by hand gets into the lock.
lock:
	rm -rf build/lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --upgrade pip
	build/lock/bin/python -m pip install --quiet --group dev --editable .
	build/lock/bin/python -m pip freeze --exclude-editable --exclude outreach > $(LOCK)
	rm -rf build/lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
