# Building, checking and testing Gatehouse. `make help` lists the targets; `make verify test` is
# what .ci/run does. It needs GNU make, bash and Go. What else a target uses, it installs itself on
# Debian as root; elsewhere it names what is missing.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# The checks write generated files in place, and the tests want the machine for themselves.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# A developer's -mod=mod would let the checks repair go.mod instead of reporting it.
# Checks and tests do not need the program optimised by its profile, for which all that it consists of
# is compiled another time; what is shipped or measured asks for it.
export GOFLAGS := $(strip -mod=readonly -pgo=off $(filter-out -mod=% -pgo=%,$(shell go env GOFLAGS 2>/dev/null)))

# One exact version: other versions have other opinions.
GOLANGCI_VERSION := 2.15.0
GOLANGCI_LINT := .tools/golangci-lint-$(GOLANGCI_VERSION)

PACKAGES ?= ./...
# More packages at once than this only wait for each other: they share one database server, and the
# browser test needs a processor for Chromium.
TEST_PROCESSES ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
# No cached results: Go's cache knows nothing of the server that the tests talk to.
TEST_FLAGS ?= -race -count=1 -timeout=20m -p=$(TEST_PROCESSES)
BENCH ?=
FUZZTIME ?= 10s
SOAK ?= 2m

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the server: one static binary, ./gatehouse.
	CGO_ENABLED=0 go build -trimpath -pgo=auto -o gatehouse .

.PHONY: release
release: ## Build dist: the server for every platform, what is in it (CycloneDX), checksums.
	@scripts/release dist

.PHONY: check-reproducible
check-reproducible: ## Build the release of this platform twice, in two places, and compare.
	@scripts/check-reproducible

.PHONY: test
test: test-deps ## Run all tests with the race detector, on SQLite and on a MongoDB-compatible server.
	@uri=$$(scripts/test-mongodb); \
	export TEST_MONGODB_URI="$${uri##*$$'\n'}" CGO_ENABLED=1; \
	export GATEHOUSE_TEST_REQUIRE_MONGODB=1 GATEHOUSE_TEST_REQUIRE_BROWSER=1; \
	echo "go test $(TEST_FLAGS) $(PACKAGES)"; \
	go test $(TEST_FLAGS) $(PACKAGES)

# What the tests need besides the server: a C compiler for the race detector, curl and jq for what the
# documents show, the browser test's Chromium with a font to write in, and npm modules: what drives the
# browser, and an OpenID provider, clients and audits that others have written.
NPM_MODULES := $(patsubst %/package-lock.json,%/node_modules/.package-lock.json,$(wildcard e2e/*/package-lock.json))

.PHONY: test-deps
test-deps: $(NPM_MODULES)
	@echo '#include <stdlib.h>' | gcc -E - >/dev/null 2>&1 || scripts/apt-install gcc libc6-dev
	@command -v curl >/dev/null || scripts/apt-install curl ca-certificates
	@command -v jq >/dev/null || scripts/apt-install jq
	@[ ! -d e2e/browser ] || command -v "$${CHROMIUM:-chromium}" >/dev/null || scripts/apt-install chromium fonts-liberation

%/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || scripts/apt-install nodejs npm
	cd $* && npm ci --ignore-scripts --no-audit --no-fund

# Some six minutes on two processors. On a machine that does other work meanwhile the ranges beside the
# figures are wide.
.PHONY: bench
bench: ## Compare with a plain handler, on each store; writes docs/performance.md. BENCH='-only get-app' for less.
	@uri=$$(scripts/test-mongodb); \
	export TEST_MONGODB_URI="$${uri##*$$'\n'}"; \
	go run ./bench/compare $(or $(BENCH),-document docs/performance.md)

# go build takes the profile for itself, since it lies beside main (profile-guided optimisation).
.PHONY: profile
profile: ## Take the profile that the program is optimised for under the load of make bench; writes default.pgo.
	@uri=$$(scripts/test-mongodb); folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	export TEST_MONGODB_URI="$${uri##*$$'\n'}"; \
	go run ./bench/compare -profiles "$$folder"; \
	go tool pprof -proto "$$folder"/*.pprof >default.pgo

.PHONY: worst
worst: ## Measure the requests that make search has found to take the most time before they run.
	go test -run='^$$' -bench=Worst -benchmem -timeout=60m ./bench

# The stores stay filled: the embedded one in /tmp/gatehouse-scale, the other in a database of the server.
.PHONY: bench-scale
bench-scale: build ## Measure with a million apps on each store; writes docs/performance.md. SCALE='-apps 100000' for fewer.
	@uri=$$(scripts/test-mongodb); \
	go run ./bench/scale -mongodb "$${uri##*$$'\n'}" -program ./gatehouse $(or $(SCALE),-document docs/performance.md)

.PHONY: search
search: ## Look for the requests that take the most time before they run; keeps them in bench/testdata/worst.
	GATEHOUSE_KEEP_WORST=1 go test -run='^$$' -bench=Search -benchtime=1x -timeout=60m ./bench

# On a busy machine Go's fuzzer may fail with nothing but "context deadline exceeded" when its time is
# up, hence the second try. It runs what the first has found, and so fails again if that was anything.
# Left to itself, the fuzzer may spend all its time on making one input smaller.
.PHONY: fuzz
fuzz: ## Run every fuzz target of every package for FUZZTIME each.
	@go test -list='^Fuzz' $(PACKAGES) | \
	awk '/^Fuzz/ { names[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, names[i]; n = 0 }' | \
	while read -r package target; do \
		echo "== $$package $$target"; \
		fuzz() { go test -run='^$$' -fuzz="^$$target$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=1s "$$package" </dev/null; }; \
		fuzz || fuzz; \
	done

# Without the race detector, which has memory of its own that grows.
.PHONY: soak
soak: ## Let visitors work with the server for SOAK on each store, and bound what it comes to use.
	@uri=$$(scripts/test-mongodb); \
	export TEST_MONGODB_URI="$${uri##*$$'\n'}" GATEHOUSE_TEST_REQUIRE_MONGODB=1 GATEHOUSE_TEST_SOAK=$(SOAK); \
	go test -v -count=1 -timeout=30m -run='^TestSoak$$' ./e2e

.PHONY: generate
generate: ## Write the generated code anew: graph, model, the end-to-end client.
	go run ./codegen
	go generate ./...

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code (gofumpt).
	$(GOLANGCI_LINT) fmt

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters (golangci-lint, shellcheck).
	$(GOLANGCI_LINT) run
	cd deploy && ../$(GOLANGCI_LINT) run
	@command -v shellcheck >/dev/null || scripts/apt-install shellcheck
	shellcheck --severity=warning scripts/* .ci/run

.PHONY: verify
verify: check-modules check-generated check-format check-vet check-platforms lint check-resolvers check-graph check-deploy check-playground ## Check everything that needs no running server.

.PHONY: check-modules
check-modules:
	@go -C deploy mod tidy -diff
	@go mod tidy -diff || { \
		echo 'go.mod or go.sum differ from what go mod tidy makes of them; where it changes nothing, a merge'; \
		echo 'has left lines of go.sum twice or out of order: rm go.sum && go mod tidy'; exit 1; }
	@go mod verify

.PHONY: check-generated
check-generated:
	@scripts/check-generated $(MAKE) generate

.PHONY: check-format
check-format: $(GOLANGCI_LINT)
	@$(GOLANGCI_LINT) fmt --diff || { echo 'not formatted as gofumpt does it; run: make fmt'; exit 1; }

.PHONY: check-vet
check-vet:
	go vet ./...

# Of the platforms that are released, one of each system and one of each processor; the tests are
# compiled too.
.PHONY: check-platforms
check-platforms:
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go vet ./...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./...

# What the program is shipped with, read by the parsers of those whom it is for.
.PHONY: check-deploy
check-deploy:
	go -C deploy vet ./...
	go -C deploy test ./...

# gqlgen writes a resolver that panics with these words when it no longer finds the field of a
# renamed Go struct, and everything still compiles.
.PHONY: check-resolvers
check-resolvers:
	@status=0; grep -rni --include='*.go' 'not implemented' resolvers || status=$$?; \
	[ "$$status" = 1 ] || { echo 'resolvers: gqlgen left something for someone to write'; exit 1; }

# The linters pass over what is generated, which is most of graph.
.PHONY: check-graph
check-graph:
	@imports=$$(go list -f '{{range .Imports}}{{println .}}{{end}}' ./graph); \
	if grep '^gatehouse/' <<<"$$imports" | grep -vx gatehouse/model; then \
		echo 'graph: may import nothing of Gatehouse but model'; exit 1; fi

.PHONY: check-playground
check-playground:
	@command -v npm >/dev/null || scripts/apt-install nodejs npm
	@$(MAKE) -C playground check

.PHONY: clean
clean: ## Remove what was built; the linter and the test database stay.
	rm -rf gatehouse dist e2e/*/node_modules

# go install cannot name its result, so it builds into a folder of its own.
$(GOLANGCI_LINT):
	@echo 'building golangci-lint $(GOLANGCI_VERSION); this takes a few minutes, once'
	@rm -rf .tools/build && mkdir -p .tools/build
	GOFLAGS= CGO_ENABLED=0 GOBIN='$(CURDIR)/.tools/build' \
		go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(GOLANGCI_VERSION)
	@mv .tools/build/golangci-lint $@ && rmdir .tools/build
