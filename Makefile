# The two commands of the README, and the few besides. Packages are installed again when a requirements file changes.

PYTHON ?= python3.11
RUNS ?= runs
BIN := .venv/bin

.PHONY: demo test test-long check browser pictures benchmark mutants clean

demo: .venv/installed ## fit on the embedded synthetic data, then open the dashboard
	$(BIN)/python train.py --out $(RUNS) --resume demo
	$(BIN)/python -m core overlays demo --out $(RUNS)
	$(BIN)/streamlit run dashboard/Home.py -- --out $(RUNS) --page operating_point

test: .venv/installed-dev browser ## lint, types and tests
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -m "not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: .venv/installed-dev browser ## what takes minutes: kill -9 at twenty moments, the real data
	$(BIN)/pytest -m long

check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32

pictures: .venv/installed-dev browser ## the README's pictures, from a run on the phantoms
	$(BIN)/python docs/make_pictures.py

mutants: .venv/installed-dev ## whether the tests notice: 200 small changes of the code, up to an hour
	$(BIN)/python benchmarks/mutants.py

benchmark: .venv/installed ## the README's table of speed
	$(BIN)/python benchmarks/train_throughput.py
	$(BIN)/python benchmarks/heat_maps.py
	$(BIN)/python benchmarks/gallery.py

# Where packages may be installed, the tests that drive a browser get Debian's Chromium; elsewhere they say "skipped".
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	     && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	|| echo "no Chromium here and it may not be installed: the tests that drive a browser will be skipped"

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is needed; say make PYTHON=... for another name"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: on Debian the package python3.11-venv is needed"; exit 1; }

.venv/installed: .venv/bin/python requirements.txt constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt -c constraints.txt
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt -c constraints.txt
	touch $@

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
