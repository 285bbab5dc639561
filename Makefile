# Two commands: `make lab` (a reader) and `make test` (a contributor); `make help` lists the rest.
# ACCEL=cuda or ACCEL=tpu adds that plugin, PORT is JupyterLab's, PYTHON the interpreter that .venv is made with.
ACCEL ?= cpu
PORT ?= 8888
PYTHON ?= python3
export PORT PYTHON

ifeq ($(filter $(ACCEL),cpu cuda tpu),)
$(error ACCEL=$(ACCEL): choose cpu, cuda or tpu)
endif

# Stamp files carry a hash of what they were made from, so that what has not changed is not made again.
hash = $(shell { cat $(1); $(2); } 2>/dev/null | sha256sum | cut -c1-16)
VENV := .venv/.lab-$(call hash,requirements.txt requirements-cpu.txt,$(PYTHON) -V)
PLUGIN := $(if $(filter cpu,$(ACCEL)),$(VENV),.venv/.$(ACCEL)-$(call hash,requirements-$(ACCEL).txt,$(PYTHON) -V))
PEERS := .venv-bench/.peers-$(call hash,tests/bench/requirements.txt,$(PYTHON) -V)
TOOLS := .bin/.tools-$(call hash,go.mod go.sum,go version)
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps

.NOTPARALLEL:
.PHONY: help lab test setup need jem data lint fmt pair outputs test-go test-notebooks test-browser figures animation bench bench-peers clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 18

lab: setup ## install what is missing, then JupyterLab on notebooks/ at 127.0.0.1
	@scripts/lab.sh

test: export JEM_BUDGET = ci
test: setup lint test-go test-notebooks test-browser ## everything: lint, Go, the notebooks, the browser (CI=1: a skip fails)

setup: need $(VENV) $(PLUGIN) $(TOOLS) jem data ## .venv, .bin and the dataset, without starting anything

need:
	@$(if $(shell scripts/need.sh),$(error $(shell scripts/need.sh)))

$(VENV):
	@echo "installing requirements.txt and requirements-cpu.txt into .venv"
	@$(PYTHON) -m venv .venv
	@$(PIP) -r requirements.txt -r requirements-cpu.txt
	@rm -f .venv/.lab-* && touch $@

.venv/.cuda-% .venv/.tpu-%: $(VENV)
	@echo "installing requirements-$(ACCEL).txt into .venv"
	@$(PIP) -r requirements-$(ACCEL).txt
	@rm -f .venv/.$(ACCEL)-* && touch $@

$(PEERS):
	@echo "installing tests/bench/requirements.txt into .venv-bench"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/bench/requirements.txt
	@rm -f .venv-bench/.peers-* && touch $@

$(TOOLS):
	@echo "building gonb, gopls, goimports and staticcheck into .bin"
	@mkdir -p .bin
	@GOBIN="$(CURDIR)/.bin" go install tool
	@rm -f .bin/.tools-* && touch $@

jem:
	@go build -o .bin/jem ./cmd/jem

data: jem
	@.bin/jem data fashion-mnist

lint: need $(TOOLS) ## go vet, staticcheck, gofmt
	go vet ./...
	scripts/env.sh staticcheck ./...
	@unformatted=$$(find . -path './.?*' -prune -o -name '*.go' -exec gofmt -l {} +); \
	[ -z "$$unformatted" ] || { echo "not gofmt's form, run make fmt:" $$unformatted; exit 1; }

fmt: need $(TOOLS) ## rewrite the Go files in gofmt's form, imports sorted
	find . -path './.?*' -prune -o -name '*.go' -exec .bin/goimports -w -local jemlab {} +

pair: need $(VENV) ## after a change of a notebook: its code into the French one, its Markdown (CELLS="05-03": translated anew)
	@scripts/env.sh python tests/notebooks/pair.py $(CELLS)

outputs: setup ## execute notebooks at the lab budget, in both languages, and keep their outputs (NOTEBOOKS="05 07")
	@scripts/env.sh python tests/notebooks/outputs.py $(NOTEBOOKS)

test-go: setup
	scripts/env.sh python tests/ci/gotest.py -timeout 30m $(if $(filter-out 0 false,$(CI)),-count=1) ./...

test-notebooks: setup
	scripts/env.sh python -m pytest tests/ci tests/notebooks

test-browser: setup
	scripts/env.sh python -m pytest tests/browser

figures: setup ## draw the figures of docs/figures anew: RUN=DIR adds those of a run
	.bin/jem figures --out docs/figures $(if $(RUN),--run "$(RUN)")

animation: setup ## record README's docs/figures/live.gif: a minute of training in JupyterLab, in Chromium
	scripts/env.sh python tests/browser/animation.py

bench: setup ## measure this machine: a step, its parts, end to end, cells (ARGS="step --peers": one benchmark)
	.bin/jem bench $(ARGS)

bench-peers: need $(PEERS) ## the peers (JAX, PyTorch, lightly; 6 GB) into .venv-bench

clean: ## remove what was built and installed (keeps runs/ and .cache/data)
	rm -rf .venv .venv-bench .bin .jupyter
	[ ! -d .cache ] || find .cache -mindepth 1 -maxdepth 1 ! -name data -exec rm -rf {} +
