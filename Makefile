# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv

.PHONY: demo test check bench soak docs corpus embedded-model clean

demo:   ## set up, play the scene live through the host, leave demo/scene.wav, scene.png and report.json
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	$(VENV)/bin/hobnail demo --out demo --engine $$($(VENV)/bin/python scripts/demo_engine.py)

test:   ## set up, lint, type-check, and run every test, C++ ones included
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	VENV=$(VENV) scripts/check
	VENV=$(VENV) scripts/test

check:  ## lint, types and arrows only
	VENV=$(VENV) scripts/check

bench:  ## print the figures that the documentation quotes; ten minutes, on an otherwise idle machine
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	$(VENV)/bin/hobnail bench all

soak:   ## ten minutes at full load with the server's memory watched; for the night
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	$(VENV)/bin/python tests/live/soaking.py --minutes 10

docs:   ## rewrite the generated parts of the documentation
	$(VENV)/bin/python scripts/make_vectors.py
	$(VENV)/bin/python scripts/make_schema.py

corpus: ## fetch and build the default corpus (4.6 GB of Debian packages), sequences, pairs and a report; half an hour
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	$(VENV)/bin/hobnail-train corpus build --to corpus
	$(VENV)/bin/hobnail-train corpus compose corpus --hours 10
	$(VENV)/bin/hobnail-train corpus pairs corpus
	$(VENV)/bin/hobnail-train corpus report corpus

embedded-model: ## make the model that ships from its recordings, into MODEL; hours; goes on where it was stopped
	PYTHON=$(PYTHON) VENV=$(VENV) scripts/install
	VENV=$(VENV) scripts/embedded-model

clean:
	rm -rf $(VENV) build dist demo
