# Everything a person or CI runs. A bare clone needs git and make; the rest installs itself.
BIN := .venv/bin
.DEFAULT_GOAL := help
SCALE ?= 0.01
SEEDS ?= 5
HOST ?= localhost
FAULTS_BROKER_IMAGE ?= rabbitmq:4-management
.PHONY: help init deps deps-node deps-prometheus demo replay test replay-test check schemas lock sbom faults faults-long faults-4x bench bench-growth bench-test compose-test dashboards-test clean

help: ## list these targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | while IFS=: read -r name rest; do \
		printf '  make %-15s %s\n' "$$name" "$${rest#*## }"; done

init: ## for docker compose, once: .env with its secrets and a private CA (HOST=name of this machine)
	@HOST="$(HOST)" bash deploy/init.sh

deps: ## install what is missing (apt packages, .venv); quick when nothing is
	@bash deploy/install.sh

deps-node: ## the same, and Node.js for the example's tests (they are skipped without it)
	@bash deploy/install.sh node

demo: deps ## the services on the real broker and database, with the report's own cases
	@$(BIN)/fuyuan demo

replay: deps ## the city's record, SCALE=0.01 of it (1: all, hours), through the whole system
	@$(BIN)/fuyuan replay --scale $(SCALE)

test: deps deps-node ## every test but the slow ones below
	$(BIN)/pytest -n 2 --dist loadscope -m "not faults and not faults_long and not replay and not bench and not dashboards"

replay-test: deps ## a hundredth of the record replayed: every figure as in the manifest
	$(BIN)/pytest -m replay

faults: deps ## kill -9 of services and broker under load: nothing lost, nothing twice
	$(BIN)/pytest -n 2 --dist loadfile -m "faults and not faults_long" tests/faults

faults-long: deps ## the same with several seeds, a soak and fuzzing: the same table (hours: SEEDS=5, SOAK_SECONDS=1200)
	$(BIN)/pytest -n 2 --dist loadscope -m faults_long tests/abuse tests/contracts
	for seed in $$(seq 1 $(SEEDS)); do FAULTS_SEED=$$seed $(BIN)/pytest -n 2 --dist loadfile -m "faults or faults_long" tests/faults || exit; done

# Left out there: clusters of nodes and the first, whole-deployment faults, which start the
# machine's own binaries. Docker has to be there, and the image.
faults-4x: deps ## the same on RabbitMQ 4, from the image FAULTS_BROKER_IMAGE (needs Docker)
	FAULTS_BROKER_IMAGE=$(FAULTS_BROKER_IMAGE) $(BIN)/pytest -n 2 --dist loadfile -m "faults and not faults_long" \
		--ignore tests/faults/test_cluster.py --ignore tests/faults/test_first_faults.py \
		--ignore tests/faults/test_replay.py tests/faults

bench: deps ## ours beside FastStream, Celery and the limit: a table and .local/bench.json
	@$(BIN)/python -m tests.benchmarks $(BENCH)

bench-growth: deps ## a million cases stored, copies, minutes of load: a table and .local/growth.json (an hour or two)
	@$(BIN)/python -m tests.benchmarks.growth $(BENCH)

bench-test: deps ## the contestants of make bench do the same work, and lose nothing
	$(BIN)/pytest -m bench tests/benchmarks

compose-test: deps ## the containers of docker-compose.yml, built, run and hurt (needs Docker)
	$(BIN)/pytest -m compose tests/compose

deps-prometheus: ## the same as deps, and Prometheus with promtool (its service is not started)
	@bash deploy/install.sh prometheus

dashboards-test: deps-prometheus ## every panel and alert asked of a real Prometheus with real data
	$(BIN)/pytest -s -m dashboards tests/dashboards

check: deps ## lint, format, types, imports, frozen schemas: what CI checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python contracts/generate.py --check

schemas: deps ## write contracts/schemas from the models
	$(BIN)/python contracts/generate.py

# The contracts are a folder here, on no registry: the override tells the resolver where, and they
# are left out of the lock. Setuptools is in it because it builds the two editable packages.
lock: ## pin every dependency with hashes (needs uv; no registry host is named)
	@mkdir -p .local
	@echo 'fuyuan-contracts[agency] @ file://$(CURDIR)/contracts' >.local/lock-override.txt
	@echo 'fuyuan-contracts @ file://$(CURDIR)/contracts' >.local/lock-image-override.txt
	@echo 'setuptools>=70' >.local/lock-build.in
	@$(if $(wildcard $(BIN)/uv),$(BIN)/uv,uv) pip compile pyproject.toml .local/lock-build.in \
		--all-extras --universal --python-version 3.11 --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--override .local/lock-override.txt --no-emit-package fuyuan-contracts \
		$(LOCK_FLAGS) -o requirements.lock
	@# the image's: the same versions, only what services run on
	@$(if $(wildcard $(BIN)/uv),$(BIN)/uv,uv) pip compile pyproject.toml --extra tracing \
		--universal --python-version 3.11 --generate-hashes --quiet \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--override .local/lock-image-override.txt --no-emit-package fuyuan-contracts \
		--constraint requirements.lock $(LOCK_FLAGS) -o deploy/requirements.lock
	@! grep -nE 'https?://|file:' requirements.lock deploy/requirements.lock

sbom: deps ## what is deployed, with hashes and licences: .local/sbom.cdx.json (CycloneDX), docs/licences.md
	@mkdir -p .local
	$(BIN)/python -m tests.support.supply .local/sbom.cdx.json
	$(BIN)/python -m tests.support.supply

clean: ## remove what the local stack and the tools left (not .venv)
	rm -rf .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
