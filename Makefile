# The two main commands: `make demo` runs everything, `make test` tests everything.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

# Tests run in parallel. Those of one file run in one worker, and share its broker and warehouse.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder
# Without compiled files, each of the hundreds of processes that tests start compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: lock demo up test test-fast check bench bench-100m bench-capacity install clients helm spark kafka test-kafka chaos chaos-lake chaos-up chaos-short soak fuzz test-nightly test-release sbom clean

demo: install
	$(BIN)/bluetick demo

up: install
	$(BIN)/bluetick up

test: install
	$(BIN)/python -m pytest $(PARALLEL)

# Tests without processes, broker, browser, Java and warehouse; they take less than a minute.
test-fast: install
	$(BIN)/python -m pytest $(PARALLEL) -m "not process and not slow"

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar warehouse/views

# Fetch the clients that examples/ uses to .clients/, so that `make test` runs the examples too.
clients: install
	$(BIN)/python -m tests.support.clients

# Build Helm and a strict reader of Kubernetes objects with Go, for the tests of the chart.
helm: install
	$(BIN)/python -m tests.support.helm

# Fetch Spark for the tests of its examples, with pip and Maven. It takes minutes.
spark: install
	$(BIN)/python -m tests.support.spark

# Run a real Apache Kafka on loopback in the foreground. Needs Java and Maven.
kafka: install
	$(BIN)/python -m tests.support.kafka $(if $(PORT),--port $(PORT))

# Start a real Apache Kafka, run the integration and chaos tests on it, and stop it.
test-kafka: install
	$(BIN)/python -m tests.kafka

# Kill receiver, consumers and broker under load, then check that nothing is lost or doubled:
# make chaos SEED=7 KILLS=50
SEED  ?= 1
KILLS ?= 20
chaos: install
	$(BIN)/python -m tests.chaos --seed $(SEED) --kills $(KILLS) $(CHAOS)

# The same with the warehouse on a real PostgreSQL and a real S3 server, which are killed too.
chaos-lake: install
	$(BIN)/python -m tests.chaos --catalog postgres --consumers 3 --rate 300 --seed $(SEED) --kills $(KILLS) $(CHAOS)

# Kill the parts of `bluetick up`, and all of it, on the embedded broker.
chaos-up: install
	$(BIN)/python -m tests.chaos.embedded --seed $(SEED) --kills $(KILLS)

# A few kills of both kinds on the embedded broker, for each change.
chaos-short: install
	$(BIN)/python -m tests.chaos --broker embedded --rate 300 --seed 103 --kills 3
	$(BIN)/python -m tests.chaos.embedded --rate 200 --seed 110 --kills 4

# Run everything under load, and fail if any resource keeps growing. Results are in .soak/:
# make soak MINUTES=60 RATE=500
MINUTES ?= 60
RATE    ?= 500
soak: install
	$(BIN)/python -m tests.soak --minutes $(MINUTES) --rate $(RATE) $(SOAK)

# Feed the receiver and the consumer with hostile inputs, always the same ones for a seed:
# make fuzz SEED=7 BODIES=50000 RECORDS=50000
BODIES  ?= 50000
RECORDS ?= 50000
fuzz: install
	$(BIN)/python -m tests.fuzz --seed $(SEED) --bodies $(BODIES) --records $(RECORDS) $(FUZZ)

# Tests that take too long for each change: about two hours, and about two hours and a half.
test-nightly: install
	$(BIN)/python -m pytest $(PARALLEL) -m hypothesis --hypothesis-profile=nightly --timeout=7200
	$(BIN)/python -m tests.proof
	BLUETICK_NIGHTLY=1 $(BIN)/python -m pytest -m nightly
	$(MAKE) helm spark
	$(BIN)/python -m pytest tests/examples/test_helm.py tests/examples/test_spark.py
	$(MAKE) fuzz BODIES=1000000 RECORDS=1000000
	$(MAKE) soak MINUTES=20
	$(MAKE) chaos KILLS=50
	$(MAKE) chaos-lake KILLS=100
	$(MAKE) chaos-up KILLS=40

test-release:
	$(MAKE) soak MINUTES=60
	$(MAKE) chaos KILLS=200
	$(MAKE) chaos KILLS=200 CHAOS="--protocol consumer"
	$(MAKE) chaos-lake KILLS=200
	$(MAKE) bench-100m

bench: install
	$(BIN)/python -m bench

# Fill a warehouse of any size, and measure pages, questions, landing and bytes on it:
# make bench-100m ROWS=8000000 OUT=figures.json
ROWS ?= 100000000
bench-100m: install
	$(BIN)/python -m bench.at_size --rows $(ROWS) $(if $(OUT),--out $(OUT)) $(BENCH)

# Land with one and more writers on SQLite, and on a real PostgreSQL and S3 server, which it starts.
# Writes the figures into docs/capacity.md.
bench-capacity: install
	$(BIN)/python -m tests.support.lake_servers $(BIN)/python -m bench.capacity --out docs/capacity.json
	$(BIN)/python -m bench.capacity.page

# Write a bill of materials (CycloneDX) and the licences of all dependencies to sbom/.
sbom: install
	$(BIN)/python -m supply

# Write requirements.lock anew, and from it the lock of the image, with hashes for every platform. It keeps the versions that still fit:
# make lock UPGRADE=duckdb changes one, UPGRADE=all changes all.
lock: install
	$(COMPILE) --group dev --extra local --extra mcp --extra trace --output-file requirements.lock \
		$(if $(filter all,$(UPGRADE)),--upgrade,$(if $(UPGRADE),--upgrade-package $(UPGRADE)))
	$(COMPILE) --constraint requirements.lock --output-file requirements-image.lock --upgrade
COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet

install: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Bluetick needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(STAMP)

clean:
	rm -rf $(VENV) .kafka .clients sbom data
