# The two commands of the README, and the few besides. Packages are installed again when a requirements file changes.

PYTHON ?= python3.11
RUNS ?= runs
BIN := .venv/bin
# Where this is set, every process of the tests compiles the project anew: half a minute of each worker's, and seconds of each server's.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test test-long test-ray check browser compiler typescript pictures pages claims walkthrough benchmark mutants faults bench clean

demo: .venv/installed ## open the dashboard, and fit on the embedded synthetic data beside it
	$(BIN)/python -m dashboard.fits.starting --out $(RUNS)
	$(BIN)/streamlit run dashboard/Home.py -- --out $(RUNS)

test: .venv/installed-dev browser compiler typescript ## lint, types and tests
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: .venv/installed-dev browser compiler ## what takes long: processes that are killed, further forms of every page, a million rows
	$(BIN)/pytest -m long -n 2 --dist loadfile --no-loadscope-reorder

test-ray: .venv/installed-dev ## scoring by two workers of Ray, which it installs
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-ray.txt -c constraints.txt
	$(BIN)/pytest tests/core/test_score_by_ray.py

check: typescript
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32
	$(BIN)/oxlint core dashboard
	! command -v tsc >/dev/null || tsc --project .

pictures: .venv/installed-dev browser ## the README's pictures, from a run on the phantoms
	$(BIN)/python docs/make_pictures.py

pages: .venv/installed-dev browser ## the pictures of docs/pages.md, from the run of `make demo`
	$(BIN)/python docs/make_pages.py --out $(RUNS)

claims: .venv/installed-dev browser ## the pictures of docs/claims.md, from the run of `make demo` and an import of real scores
	$(BIN)/python docs/make_claims.py --out $(RUNS)

walkthrough: .venv/installed ## the walkthrough's figures, from the run of `make demo`
	$(BIN)/python -m core stress demo --out $(RUNS)
	$(BIN)/python docs/make_walkthrough.py --out $(RUNS)

mutants: .venv/installed-dev ## whether the tests notice: 200 small changes of the code, up to an hour
	$(BIN)/python benchmarks/mutants.py

faults: .venv/installed-dev compiler ## docs/faults.md: file operations fail, processes are killed, bits flip, disks fill
	$(BIN)/python benchmarks/faults.py

benchmark: .venv/installed ## the README's table of speed
	$(BIN)/python benchmarks/train_throughput.py
	$(BIN)/python benchmarks/heat_maps.py
	$(BIN)/python benchmarks/gallery.py

bench: .venv-bench/installed ## the README's table of the same work by other packages
	.venv-bench/bin/python -m benchmarks.peers --write

# Packages to compare with need other versions than ours, so that they have an environment of their own.
.venv-bench/installed: requirements-bench.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check -q -r requirements-bench.txt
	touch $@

# Where packages may be installed, the tests that drive a browser get Debian's Chromium; elsewhere they say "skipped".
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	|| echo "no Chromium here and it may not be installed: the tests that drive a browser will be skipped"

# `make faults`, and its short form among the tests, put a small C library before the C library; elsewhere they say "skipped".
compiler:
	@command -v cc >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gcc libc6-dev >/dev/null; } \
	|| echo "no C compiler here and it may not be installed: the tests that make file operations fail will be skipped"

# The types of the JavaScript are checked by Debian's TypeScript where packages may be installed.
typescript:
	@command -v tsc >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq node-typescript >/dev/null; } \
	|| echo "no TypeScript here and it may not be installed: the types of the JavaScript are not checked"

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is needed; say make PYTHON=... for another name"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: on Debian the package python3.11-venv is needed"; exit 1; }

.venv/installed: .venv/bin/python requirements.txt constraints.txt pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt -c constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-build-isolation --no-deps -e .
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt -c constraints.txt
	touch $@

clean:
	rm -rf .venv .venv-bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
