# make demo, make test: both set up what they need on a Debian or Ubuntu machine with a Swift toolchain.

SWIFT ?= swift
.PHONY: demo test bench lint setup debug release clean

demo: setup release
	@scripts/demo

test: setup lint debug
	@scripts/test

bench: setup release
	@scripts/setup bench
	@Benchmarks/run --install-locust --output docs/benchmarks-last.md

setup:
	@scripts/setup

debug:
	@scripts/build debug

release:
	@scripts/build release

lint:
	@$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests && echo "lint: ok"

clean:
	rm -rf .build results
