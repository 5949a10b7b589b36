# Two commands matter: `make demo` runs everything, `make test` tests everything.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Tests run beside each other, those of a file in one worker: they share its broker and warehouse.
BESIDE := -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo up test test-fast check bench install kafka test-kafka chaos soak test-nightly test-release clean

demo: install
	$(BIN)/bluetick demo

up: install
	$(BIN)/bluetick up

test: install
	$(BIN)/python -m pytest $(BESIDE)

# What needs no process, no broker, no browser and no Java: seconds, while one writes.
test-fast: install
	$(BIN)/python -m pytest $(BESIDE) -m "not process and not slow"

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A real Apache Kafka on loopback, in the foreground (Java and Maven needed).
kafka: install
	$(BIN)/python -m tests.support.kafka $(if $(PORT),--port $(PORT))

# The integration and chaos tests on a real Apache Kafka, which is started and ended.
test-kafka: install
	$(BIN)/python -m tests.kafka

# Kills receiver, consumers and broker under load, then counts: make chaos SEED=7 KILLS=50
SEED  ?= 1
KILLS ?= 20
chaos: install
	$(BIN)/python -m tests.chaos --seed $(SEED) --kills $(KILLS) $(CHAOS)

# Everything under load for a while; fails where anything grows for good. Results are in .soak/:
# make soak MINUTES=60 RATE=500
MINUTES ?= 60
RATE    ?= 500
soak: install
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --rate $(RATE) $(SOAK)

# What takes too long for each change: an hour or so, and two.
test-nightly:
	$(MAKE) soak MINUTES=20
	$(MAKE) chaos KILLS=50

test-release:
	$(MAKE) soak MINUTES=60
	$(MAKE) chaos KILLS=100

bench: install
	$(BIN)/python -m bench

install: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Bluetick needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(STAMP)

clean:
	rm -rf $(VENV) .kafka data
