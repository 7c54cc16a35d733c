# Each target does its own set-up: Python 3.11 or later, git and make are all that it needs.
#
#   make verify   prove the reference at both ends        ARGS="--seed 1" is passed on
#   make test     the tests, and how many lines they reach   ARGS="-k curl" is passed on
#   make quick    the tests of one part that take no second each: 20 seconds at most       PART=laws
#   make test-all the long tests as well: whole tables and whole runs, more than an hour
#   make quiet    tests that measure what only a machine tells which does nothing else   ARGS="-k pool" is passed on
#   make offline  the tests where no other machine can be reached      ARGS="tests/examples" for some of them
#   make lint     ruff and mypy
#   make bench    the figures of docs/figures.md
#   make beside   whole runs of this version and of another checkout        ARGS="../other-checkout"
#   make alarms   correct targets, many seeds: no finding may be there   ARGS="--seeds 5 --load"
#   make seeds    each right target of the tests with 20 seeds: some hours      ARGS="tests/ties" for some of them
#   make ties     equal requests, whose events nothing tells apart, with 20 seeds; again to go on    ARGS="--only 'text*'"
#   make loaded   the same on a busy machine, and bugs about time; again to go on   ARGS="--only nextjs --seeds 5"
#   make alone    each case alone, by its name, says what the full run says   ARGS="--only node"
#   make hopeless how long runs take on targets that hang on every error, or get slower: 60 s at most
#   make verdicts the whole table of contracts, right targets and broken ones   ARGS="'security/*' --jobs 4"
#   make objects  objects that are used up, refused, named: contracts, right services and broken ones   ARGS="--seeds 5 'moves*'"
#   make soak     a million exchanges on Locust, with four workers: some hours          ARGS="--exchanges 100000"
#   make kill     a chunk of the kill matrix; again to go on             ARGS="--only 'node/*' --jobs 2"
#   make orders   the bugs of examples/orders, and docs/orders.md; again to go on       ARGS="--only 'node/*'"
#   make checkout the bugs of examples/checkout, and docs/checkout.md; again to go on   ARGS="--only 'node/*' --jobs 2"
#   make tickets  the bugs of examples/tickets, and docs/tickets.md; again to go on     ARGS="--only 'node/*' --jobs 2"
#   make orders-beside, make checkout-beside   the same with `st run`, with as much time      ARGS="--every 10"
#   make expenses the bugs of examples/fastapi, and docs/expenses.md             ARGS="--only 'event-*'"
#   make products released products, held to contracts of ours; again to go on    ARGS="--only mlflow-noauth --seeds 1"
#   make once-more  the request of each finding of planted bugs, sent once more and pasted, shows it; again to go on  ARGS="--only 'table/*'"
#   make histories  histories, judged by the checker and by an oracle that tries all orders   ARGS="--count 1000"
#   make fuzz     fuzz what reads documents, settings, pacts, state and HTTP; again to go on  ARGS="--only pacts --minutes 10"
#   make nextjs   install and build examples/nextjs (needs Node.js and npm)
#   make dist     the wheel and the source distribution, checked, and tried with each Python       ARGS="--python 3.12"
#   make release  the same, of a state that can be tagged; nothing is published
#   make docs     write docs/reference, the completions and the man page anew from the code
#   make site     the documentation as a site with a search, in build/site/html      ARGS="/tmp/site" for another folder
#   make lock     write requirements.lock anew (needs uv; ARGS=--upgrade for newer versions)

VENV := .venv
PY := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
FUZZER := $(VENV)/.fuzzer
UV ?= uv
ARGS ?=
LONG :=
# Lines. From 3.12 on, Python counts them itself, at a tenth of what tracing costs; it can't count branches before 3.14.
# `make test-all` counts those as well, and takes its time.
CORE ?= $(shell $(PY) -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")')
BRANCHES ?=
REACHED ?= 96
# Tests wait for targets and for time limits, so more of them run at once than there are cores.
WORKERS ?= $(shell $(PY) -c 'import os; print((os.cpu_count() or 2) * 5)')
QUICK_WORKERS ?= $(shell $(PY) -c 'import os; print(os.cpu_count() or 2)')
PART ?=
# In a fresh clone each worker would compile all tests; so they are compiled once, by as many processes as there are cores.
COMPILED = [ -d tests/__pycache__ ] || ls -d tests/*/ tests/test_*.py | PYTHONDONTWRITEBYTECODE= xargs -n 24 \
  -P $$($(PY) -c 'import os; print(os.cpu_count() or 2)') $(PY) -m pytest -p no:xdist -q --collect-only > /dev/null || true

.PHONY: pairs verify quick test test-all quiet offline wheels lint bench beside alarms seeds ties loaded alone hopeless verdicts objects soak kill orders orders-beside checkout checkout-beside tickets expenses once-more products histories fuzz nextjs dist release docs site lock clean
.DEFAULT_GOAL := verify

verify: $(INSTALLED)
	@$(PY) -m bothends verify $(ARGS)

# Some of the tests, which ARGS may choose, need not reach as many lines as all.
# Bytecode is kept though the environment says otherwise: else each of some hundreds of processes compiles all modules.
test-all: LONG := --long
test-all: CORE := ctrace
test-all: BRANCHES := --branch
test-all: REACHED := 95
test-all: wheels
test test-all: $(INSTALLED)
	@tests/programs.sh
	@examples/nextjs/build.sh || echo "The tests of examples/nextjs will fail." >&2
	@examples/express/build.sh || echo "The tests of examples/express will fail." >&2
	@$(PY) -m tests.wheel.made || echo "The tests that install the wheel will fail." >&2
	@$(COMPILED)
	@$(PY) -m coverage erase
	@PYTHONDONTWRITEBYTECODE= COVERAGE_CORE=$(CORE) $(PY) -m coverage run $(BRANCHES) -m pytest -n $(WORKERS) --dist worksteal $(LONG) $(ARGS)
	@$(PY) -m coverage combine -q
	@$(PY) -m coverage report --fail-under=$(if $(ARGS),0,$(REACHED))

# Nothing is built, and no lines are counted. A part is a folder of tests, or several.
quick: $(INSTALLED)
	@[ -n "$(PART)" ] || { echo "Say which part, as in: make quick PART=laws. CONTRIBUTING.md says which is for what." >&2; exit 2; }
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n $(QUICK_WORKERS) --dist worksteal --quick $(PART:%=tests/%) $(ARGS)

quiet: $(INSTALLED)
	@$(PY) -m pytest --alone -m alone -p no:xdist $(ARGS)

# What tests and examples install is fetched beforehand.
offline: $(INSTALLED)
	@tests/programs.sh
	@examples/nextjs/build.sh
	@examples/express/build.sh
	@$(PY) -m tests.wheel.made --all
	@PYTHONDONTWRITEBYTECODE= $(PY) -m tests.offline $(PY) -m pytest -n $(WORKERS) --dist worksteal $(LONG) $(ARGS)

# The wheel is tried in environments of its own, which are installed from what this fetches.
wheels: $(INSTALLED)
	@$(PY) -m tests.wheel.made --all

lint: $(INSTALLED)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: $(INSTALLED)
	@$(PY) benchmarks/fuzzing.py $(ARGS)
	@$(PY) benchmarks/whole_run.py
	@$(PY) benchmarks/pacts.py
	@$(PY) benchmarks/plugin.py
	@$(PY) benchmarks/replay.py
	@$(PY) benchmarks/watching.py
	@$(PY) benchmarks/loading.py
	@$(PY) benchmarks/mocking.py
	@$(PY) benchmarks/diffing.py
	@$(PY) benchmarks/histories.py

beside: $(INSTALLED)
	@$(PY) benchmarks/beside.py $(ARGS)

alarms: $(INSTALLED)
	@$(PY) -m tests.correct_targets.run $(ARGS)

seeds: $(INSTALLED)
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n $(WORKERS) --dist worksteal --long -m each_seed --seeds 20 $(ARGS)

ties: $(INSTALLED)
	@$(PY) -m tests.alike.series $(ARGS)

loaded: $(INSTALLED)
	@$(PY) -m tests.loaded.run $(ARGS)

alone: $(INSTALLED)
	@$(PY) -m tests.correct_targets.alone $(ARGS)

hopeless: $(INSTALLED)
	@$(PY) -m tests.hostile.hopeless $(ARGS)

verdicts: $(INSTALLED)
	@$(PY) -m tests.verdicts.measure $(ARGS)

objects: $(INSTALLED)
	@$(PY) -m tests.objects.measure $(ARGS)

soak: $(INSTALLED)
	@$(PY) -m tests.soak.measure $(ARGS)

kill: $(INSTALLED)
	@$(PY) -m tests.bank.kill $(ARGS)

orders: $(INSTALLED)
	@$(PY) -m tests.orders.measure $(ARGS)

orders-beside: $(INSTALLED)
	@$(PY) -m tests.orders.measure --peer $(ARGS)

checkout: $(INSTALLED)
	@$(PY) -m tests.checkout.measure $(ARGS)

checkout-beside: $(INSTALLED)
	@$(PY) -m tests.checkout.measure --peer $(ARGS)

tickets: $(INSTALLED)
	@$(PY) -m tests.tickets.measure $(ARGS)

expenses: $(INSTALLED)
	@$(PY) -m tests.expenses.measure $(ARGS)

products: $(INSTALLED)
	@examples/products/install.sh
	@$(PY) -m tests.products.run $(ARGS)

pairs: $(INSTALLED)
	@$(PY) -m tests.accepted.pairs $(ARGS)

once-more: $(INSTALLED)
	@$(PY) -m tests.minimized.once_more $(ARGS)

histories: $(INSTALLED)
	@$(PY) -m tests.histories.law_series
	@$(PY) -m tests.histories.series $(ARGS)

fuzz: $(FUZZER)
	@$(PY) -m tests.fuzzing.run $(ARGS)

nextjs:
	@examples/nextjs/build.sh

dist: $(INSTALLED)
	@$(PY) -m tests.wheel.release $(ARGS)

release: $(INSTALLED)
	@$(PY) -m tests.wheel.release --release $(ARGS)

docs: $(INSTALLED)
	@$(PY) -m tests.documents.generate

site: $(INSTALLED)
	@$(PY) -m tests.site.build $(ARGS)

lock:
	@$(UV) pip compile pyproject.toml -o requirements.lock --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet $(ARGS)
	@$(UV) pip compile tests/fuzzing/requirements.in -o tests/fuzzing/requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet $(ARGS)

clean:
	rm -rf $(VENV) .bothends .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# 3.13 and 3.12 come first, since 3.11 can't count lines itself: there, tracing does, and takes longer.
# The stamp is made last, so that an installation that was broken off is begun anew.
$(INSTALLED): requirements.lock pyproject.toml
	@set -e; \
	python=; \
	for name in $(PYTHON) python3.13 python3.12 python3 python3.14 python3.11; do \
	  if "$$name" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    python="$$name"; break; \
	  fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "No Python 3.11 or later with venv was found. Install it (Debian: apt-get install python3-venv)," >&2; \
	  echo "or name it: make PYTHON=/path/to/python3" >&2; \
	  exit 1; \
	fi; \
	echo "Installing into $(VENV) with $$("$$python" --version) (once; about half a minute) ..."; \
	"$$python" -m venv --clear $(VENV); \
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock; \
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; \
	touch $@

# No test needs it, and it is large.
$(FUZZER): tests/fuzzing/requirements.lock $(INSTALLED)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/fuzzing/requirements.lock
	@touch $@
