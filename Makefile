# make run: everything, with a demo, on this machine.   make test: everything that is checked.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PORT ?= 7400
GATEWAY_PORT ?= 7480

.PHONY: help run build page test test-rust test-ui test-e2e lint bench soak deps clean-data

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 14

run: build ## Build everything and start the product with its demo
	./target/release/switchyard dev --port $(PORT) --gateway-port $(GATEWAY_PORT)

build: page ## The release binary, with the page in it
	cargo build --release -p switchyard

page: ui/dist/index.html ## The page

ui/dist/index.html: $(shell find ui/src ui/public ui/index.html ui/vite.config.ts -type f 2>/dev/null) ui/node_modules/.package-lock.json
	cd ui && npm run build
	@touch $@

ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

test: deps lint test-rust test-ui test-e2e ## Everything that is checked

deps: ## What the tests need from outside
	scripts/test-deps.sh

lint: page ## Formatting, lints, types
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cd ui && npm run check

test-rust: page ## Unit, property and crash tests
	cargo test --workspace --locked

test-ui: ui/node_modules/.package-lock.json ## The page's pure parts
	cd ui && npm test

test-e2e: page deps ## The product as real clients see it
	cargo test --workspace --locked --no-run --test architecture # builds the binary as the tests have it, dependencies once
	cargo build --locked --manifest-path e2e/rust-sdk/Cargo.toml
	cd e2e && npm ci --no-audit --no-fund && npm test

bench: ## Side by side with peers; says at the end which aims were missed
	cargo build --release -p switchyard -p switchyard-bench
	@missed=; run() { echo; echo "== $$*"; "$$@" || missed="$$missed\n  $$*"; }; \
	run cargo bench -q -p switchyard-bench --bench evaluator; \
	run cargo bench -q -p switchyard-bench --bench impact; \
	for bin in propagation storm everything events; do run target/release/$$bin; done; \
	run scripts/bench-unleash.sh; \
	if [ -n "$$missed" ]; then printf "\nmissed its aims:$$missed\n"; exit 1; fi

soak: ## The long forms of the property and crash tests
	SWITCHYARD_SOAK_CASES=2000000 cargo test --release -p switchyard-flags --test differential
	SWITCHYARD_SOAK_KILLS=200 cargo test --release -p switchyard-store
	SWITCHYARD_SOAK_KILLS=100 cargo test --release -p switchyard-notify --test crash
	cd e2e && SWITCHYARD_SOAK_KILLS=200 node --test kill.test.mjs

clean-data: ## Forget what `make run` kept
	rm -rf .switchyard
