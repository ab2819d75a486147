# Two commands matter: `make demo` shows the program, `make test` is what CI runs.
# The interpreter: make PYTHON=python3.12 ...

PYTHON ?= python3
VENV ?= .venv
BUILT := $(VENV)-built
# How many tests at a time; more or less of them: make unit TESTS=tests/test_config.py
JOBS ?= auto
TESTS ?= tests

export PYTHON
# Hundreds of processes are started by the tests: each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE
# What a test starts must find the program and the judges (aws, weed) of the environment it runs in.
in = PATH="$(abspath $(1)/bin):$(abspath $(VENV)/bin):$$PATH" $(1)/bin/python

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test unit lint format types contracts docs docs-check built-test bench fleet differential image lock sbom release clean demo-venv venv built

help:  ## Show this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: demo-venv  ## Diagnose a healthy and a broken pod in an embedded lab; needs python3 (3.11+) only
	@$(VENV)/bin/irsa-doctor demo

test: lint types contracts docs-check built-test  ## Everything CI runs

unit: venv  ## The tests against the checkout, fast, without coverage
	@$(call in,$(VENV)) -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

lint: venv  ## Format and lint, changing nothing
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/ruff check

format: venv  ## Format, and mend what lint can mend by itself
	@$(VENV)/bin/ruff format
	@$(VENV)/bin/ruff check --fix

types: venv  ## Strict types
	@$(VENV)/bin/mypy

contracts: venv  ## Who may import whom
	@$(VENV)/bin/lint-imports --no-logo

docs: venv  ## Render the pages that are made of the program's own tables and help texts, and the manifests made of others
	@$(VENV)/bin/python tools/render_docs.py
	@$(VENV)/bin/python tools/render_monitoring.py
	@$(VENV)/bin/python tools/render_manifests.py
	@$(VENV)/bin/python tools/readme_help.py

docs-check: venv
	@$(VENV)/bin/python tools/render_docs.py --check
	@$(VENV)/bin/python tools/render_monitoring.py --check
	@$(VENV)/bin/python tools/render_manifests.py --check
	@$(VENV)/bin/python tools/readme_help.py --check

# The checkout must be out of reach: PYTHONSAFEPATH keeps the working directory off sys.path.
built-test: built  ## The tests against the built wheel, with coverage
	@rm -f .coverage .coverage.*
	@PYTHONSAFEPATH=1 $(call in,$(BUILT)) -m pytest -n $(JOBS) --dist loadgroup --cov --cov-report= $(TESTS)
	@$(BUILT)/bin/python tools/coverage_gate.py

bench: built  ## Hold speed, size and a fleet's peaks against their limits
	@$(call in,$(BUILT)) benchmarks/check.py
	@$(call in,$(BUILT)) benchmarks/explain.py
	@$(call in,$(BUILT)) benchmarks/image.py
	@$(call in,$(BUILT)) tools/fleet.py --check

fleet: venv  ## Simulate a fleet's calls to STS, and write docs/fleet.md with its pictures
	@$(VENV)/bin/python tools/fleet.py

differential: venv  ## Hold trust-policy evaluation against an independent evaluator; needs npm
	@npm install --prefix build/differential --ignore-scripts --no-audit --no-fund --loglevel=error @cloud-copilot/iam-simulate@0.1.173
	@$(VENV)/bin/python tools/differential/compare.py build/differential

# What the image is made of does not depend on when: its files have the time of the last commit.
image: IMAGE ?= localhost/irsa-doctor:dev
image: SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
image:  ## Build the image, with buildah or podman; IMAGE=name:tag, BASE_IMAGE=, BUILD_IMAGE= and IMAGE_FLAGS= are heeded
	@builder=$$(command -v buildah || command -v podman) || { echo "make image needs buildah or podman." >&2; exit 1; }; \
	    "$$builder" build $(foreach name,BASE_IMAGE BUILD_IMAGE,$(if $($(name)),--build-arg $(name)=$($(name)))) \
	        --build-arg SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH) --timestamp $(SOURCE_DATE_EPOCH) \
	        --build-arg VERSION=$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' sidecar/__init__.py) \
	        --build-arg REVISION=$$(git rev-parse --verify --quiet HEAD || true) \
	        $(IMAGE_FLAGS) --tag $(IMAGE) .

lock: venv  ## Write the locks anew; with UPGRADE=1, of the newest versions
	@for lock in "dev --extra lab --group dev" "demo --extra lab --group package" "run"; do \
	    set -- $$lock; name=$$1; shift; echo "requirements/$$name.txt"; \
	    $(VENV)/bin/uv pip compile pyproject.toml "$$@" $$([ $$name = dev ] || echo --constraint requirements/dev.txt) \
	        --output-file requirements/$$name.txt $(if $(UPGRADE),--upgrade) --universal --python-version 3.11 --no-strip-extras \
	        --generate-hashes --no-config --no-emit-index-url --no-emit-find-links --no-annotate \
	        --custom-compile-command "make lock" --quiet || exit; \
	done

sbom: venv  ## Write the bill of materials of what runs (CycloneDX) into dist
	@$(VENV)/bin/python tools/sbom.py

release: venv  ## Make and check a release in dist, of a clean tree; publishes nothing, uses no network
	@$(VENV)/bin/python tools/release.py

clean:  ## Remove environments, builds and caches
	@rm -rf .venv .venv-* build dist htmlcov .coverage .coverage.* .hypothesis .*_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

demo-venv:
	@tools/venv.sh $(VENV) requirements/demo.txt requirements/dev.txt

venv:
	@tools/venv.sh $(VENV) requirements/dev.txt

# The wheel, made of the sdist, in a fresh environment that sees the locked packages but not the checkout. A .pth file
# is not read from a directory that another one names: coverage's, which measures what tests start, is taken along.
built: venv
	@rm -rf build/dist $(BUILT); mkdir -p build
	@$(VENV)/bin/python -m build --no-isolation --outdir build/dist . >build/log 2>&1 || { cat build/log; exit 1; }
	@$(VENV)/bin/python -m venv --without-pip $(BUILT)
	@$(VENV)/bin/python -m pip --python $(BUILT)/bin/python --disable-pip-version-check install --quiet --no-deps --no-index build/dist/*.whl
	@cd $(BUILT)/lib/python*/site-packages && { echo $(abspath $(VENV))/lib/python*/site-packages; \
	    cat $(abspath $(VENV))/lib/python*/site-packages/a1_coverage.pth; } >locked.pth
