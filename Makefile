# outbox-relay: `make demo` shows it working, `make test` passes the tests; each installs what is missing (Debian packages).

SWIFT    ?= swift
CONFIG   := release
BIN      := .build/$(CONFIG)
PREFIX   ?= /usr/local
DESTDIR  ?=

# What the programs are built with, what a demo runs on, and what the tests use beside that.
BUILD_PACKAGES := pkg-config libpq-dev librdkafka-dev libevent-dev libjansson-dev libhiredis-dev libcurl4-openssl-dev libcjose-dev libssl-dev
DEMO_PACKAGES  := postgresql-15 util-linux
TEST_PACKAGES  := chromium chromium-driver curl openssl prometheus python3 python3-autobahn python3-websockets redis-server systemd
# A real broker (KAFKA_HOME) is a Java program.
KAFKA_PACKAGES := $(if $(KAFKA_HOME),openjdk-17-jre-headless)

.PHONY: help build demo test unit integration lint format bench install deps-build deps-demo deps-test clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: deps-build ## Build the programs (release) into .build/release.
	$(SWIFT) build -c $(CONFIG)

demo: deps-demo ## Watch events of a real Postgres arrive in Kafka (KAFKA_HOME: a real broker). ARGS="--keep" leaves it running.
	$(SWIFT) build -c $(CONFIG)
	$(BIN)/outbox-relay demo $(ARGS)

test: deps-test ## Lint, build, and run every test. KAFKA_HOME and PG_BIN choose servers.
	deploy/scripts/test all

unit: deps-build ## Only the tests that need no server.
	deploy/scripts/test unit

integration: deps-test ## Only the tests on real servers.
	deploy/scripts/test integration

lint: ## Check formatting, warnings as errors.
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Format the sources in place.
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests

bench: deps-demo ## Measure throughput, CPU, memory and latency (see README). ARGS are passed on to `drain`.
	$(SWIFT) build -c $(CONFIG)
	$(BIN)/outbox-bench drain $(ARGS)
	$(BIN)/outbox-bench latency

install: ## Install the programs, the demo's mock broker and the migrations under PREFIX (and DESTDIR).
	install -D -m 755 $(BIN)/outbox-relay $(DESTDIR)$(PREFIX)/bin/outbox-relay
	install -D -m 755 $(BIN)/outbox-consumer $(DESTDIR)$(PREFIX)/bin/outbox-consumer
	install -D -m 755 $(BIN)/outbox-fanout $(DESTDIR)$(PREFIX)/bin/outbox-fanout
	install -D -m 755 $(BIN)/mock-broker $(DESTDIR)$(PREFIX)/bin/mock-broker
	install -d $(DESTDIR)$(PREFIX)/share/outbox-relay/migrations
	install -m 644 sql/migrations/*.sql $(DESTDIR)$(PREFIX)/share/outbox-relay/migrations
	install -d $(DESTDIR)$(PREFIX)/share/outbox-relay/consumers
	install -m 644 sql/consumers/*.sql $(DESTDIR)$(PREFIX)/share/outbox-relay/consumers
	install -D -m 644 sql/roles.sql $(DESTDIR)$(PREFIX)/share/outbox-relay/roles.sql

deps-build:
	@deploy/scripts/packages $(BUILD_PACKAGES)

deps-demo:
	@deploy/scripts/packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(KAFKA_PACKAGES)

deps-test:
	@deploy/scripts/packages $(BUILD_PACKAGES) $(DEMO_PACKAGES) $(TEST_PACKAGES) $(KAFKA_PACKAGES)

clean: ## Remove what was built.
	rm -rf .build
