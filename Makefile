# The commands of this repository; `make` alone lists them. Comments behind ##
# are that list.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Tools that do not fit into the workspace are built on their own, at these versions.
BUF      := bin/buf-v1.75.0
LINT     := bin/golangci-lint-v2.15.0
PROTOS   := google-proto-files@5.0.3
REDOCLY  := bin/redocly-2.77.0/node_modules/.bin/redocly
# One of the protos of others stands for all: the one that came last.
OTHERS   := .third_party/proto/google/api/resource.proto
MODULES   = $$(go list -m -f '{{.Dir}}/...')
PROGRAM  := bin/solidarity-dev
# Input from public sources that some tests use; they skip without it.
DATA     := $(wildcard ../shared/data)
TESTENV  := $(if $(DATA),SOLIDARITY_DATA=$(abspath $(DATA)))
TESTFLAGS ?=

.PHONY: help
help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: tools build ## Run everything on this machine (Ctrl-C stops it)
	$(PROGRAM) run

.PHONY: demo
demo: tools build ## Play one gift all the way, then a year of a fund of five; leaves files in demo-out
	$(TESTENV) $(PROGRAM) demo --out demo-out
	$(TESTENV) $(PROGRAM) year --log demo-out/year.log

.PHONY: build
build: ## Build bin/solidarity and bin/solidarity-dev; fails on a field without a class or an RPC without a policy
	@go test ./services/internal/policy >/dev/null || go test ./services/internal/policy
	@mkdir -p bin
	go build -o bin/ ./services/cmd/...

.PHONY: test
test: tools build ## Run all tests, with the race detector
	$(TESTENV) go test -race -timeout 20m $(TESTFLAGS) work

.PHONY: test-long
test-long: tools build ## Run the long tests too: kills, soak, ten minutes of each fuzz test
	$(TESTENV) SOLIDARITY_LONG=1 go test -timeout 120m $(TESTFLAGS) work
	$(TESTENV) .ci/fuzz 10m

.PHONY: test-cluster
test-cluster: tools build ## Test three PostgreSQL with Patroni (kill, stall, cut off the primary) and pgbouncer; as root, on Linux
	@.ci/tools cluster
	SOLIDARITY_CLUSTER=1 go test -v -count=1 -timeout 40m -run 'WithThreeNodes|WithoutSynchronousStandbys|BehindPgbouncer' ./services/ledger/crash

.PHONY: bench
bench: tools build ## Measure; prints one line a figure: figure <name> <value> <unit>
	$(TESTENV) go test -run '^$$' -bench . -benchtime 1x -timeout 60m ./services/... | grep -E '^(figure|FAIL|panic)'

.PHONY: lint
lint: $(OTHERS) $(BUF) $(LINT) $(REDOCLY) ## Check the contract and the code
	$(BUF) lint
	@if tag=$$(git describe --tags --abbrev=0 2>/dev/null); then \
	  rm -rf bin/released && mkdir -p bin/released && git archive "$$tag" proto buf.yaml | tar x -C bin/released && \
	  cp -r .third_party bin/released/ && $(BUF) breaking --against bin/released; fi
	@REDOCLY_TELEMETRY=off $(REDOCLY) lint --config api/openapi/redocly.yaml --format=stylish api/openapi/openapi.yaml 2>bin/redocly.log || { cat bin/redocly.log >&2; exit 1; }
	go vet work
	go test -count=1 -run 'TestTheWordsOfTheLedgerAreMadeInOnePlace|TestNoTestMakesDraftsOfItsOwn' ./services/internal/account
	$(LINT) run $(MODULES)

.PHONY: generate
generate: $(OTHERS) $(BUF) ## Generate Go and OpenAPI from the protos, and the tables of docs
	$(BUF) generate
	go run ./services/ledger/internal/rule/ruledoc docs

.PHONY: tools
tools: # Install the programs that running and testing need
	@.ci/tools

bin/buf-v%:
	GOWORK=off GOBIN=$(CURDIR)/bin go install github.com/bufbuild/buf/cmd/buf@v$* && mv bin/buf $@

bin/golangci-lint-v%:
	GOWORK=off GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$* && mv bin/golangci-lint $@

bin/redocly-%/node_modules/.bin/redocly:
	@npm install --silent --no-audit --no-fund --prefix bin/redocly-$* @redocly/cli@$* >/dev/null && touch $@

# The protos of others that ours import, at pinned versions.
$(OTHERS):
	@rm -rf .third_party/proto && mkdir -p $(@D)
	@cd .third_party && npm pack --silent $(PROTOS) >/dev/null && tar xzf google-proto-files-*.tgz && rm google-proto-files-*.tgz
	@cp .third_party/package/google/api/{annotations,http,httpbody,field_behavior,client,launch_stage,resource}.proto $(@D)/
	@rm -rf .third_party/package && touch $@
