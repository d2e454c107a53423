# make demo, make test: both set up what they need on a Debian or Ubuntu machine with a Swift toolchain.

SWIFT ?= swift
.PHONY: demo test test-pods bench bench-growth reference reference-short accuracy fuzz faults soak check-image lint setup debug release clean

demo:
	@scripts/setup demo
	@scripts/build release
	@scripts/demo

test: setup lint debug
	@scripts/test

# Master and workers as pods, with addresses of their own; PODS_RUNS times what can happen to them. Root only.
PODS_RUNS ?= 20
test-pods: setup debug
	@scripts/test-pods $(PODS_RUNS)

bench: setup release
	@scripts/setup bench
	@Benchmarks/run --output docs/benchmarks-last.md

# How costs grow with connections, request names, workers and users; a quarter of an hour on a machine that does nothing else.
bench-growth: setup release
	@scripts/setup bench
	@Benchmarks/growth --output docs/growth-last.md

# The reference report's 100,000 users on this machine; 25 minutes, and the short one 4.
reference: setup release
	@Benchmarks/reference --output docs/reference-last.md

reference-short: setup release
	@Benchmarks/reference --short --output docs/reference-last.md

# Servers of known behaviour against formulas, and docs/accuracy.md; a quarter of an hour on a machine that does nothing else.
accuracy: setup release
	@scripts/setup bench
	@scripts/accuracy

# Damaged messages, scripts and data files, each for FUZZ_TIME seconds.
FUZZ_TIME ?= 60
fuzz: setup
	@scripts/fuzz $(FUZZ_TIME)

# FAULT_RUNS runs of a master and workers that are killed, stopped, cut off and restarted at random.
FAULT_RUNS ?= 100
faults: setup debug
	@scripts/faults $(FAULT_RUNS)

# A run of SOAK_TIME with --state: memory and disk with their slopes, and what their bounds are.
SOAK_TIME ?= 30m
soak: setup release
	@scripts/soak $(SOAK_TIME)

# The images of the Dockerfile as folders, with the programs of the release build running in them; needs root.
check-image: setup release
	@scripts/check-image

setup:
	@scripts/setup

debug:
	@scripts/build debug

release:
	@scripts/build release

lint:
	@$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz && echo "lint: ok"

clean:
	rm -rf .build results
