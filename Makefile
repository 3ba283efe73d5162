# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0

SHELL := /bin/sh
.DEFAULT_GOAL := help
# Every target that runs a program enters the environment first.
ENTER := . ./env.sh &&
PYTEST_ARGS ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
# Most tests keep one processor busy.
IN_TWO_PROCESSES := -n 2 --dist loadfile

.PHONY: help setup build test test-slow test-ros demo recipe-thermal recipe-rgb recipe-unsupervised bench doctor lint lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## Prepare the environment and install the package (a few minutes the first time)
	@sh scripts/setup.sh

build: ## Install the package into the checkout again (colcon)
	@sh scripts/setup.sh --rebuild

test: setup ## Run the tests, except those that take minutes (with PYTEST_ARGS in one process)
	@$(ENTER) $(if $(PYTEST_ARGS),pytest $(PYTEST_ARGS),OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} pytest $(IN_TWO_PROCESSES))

test-slow: setup ## Run the tests that take minutes
	@$(ENTER) pytest -m slow --timeout=3600 $(PYTEST_ARGS)

test-ros: setup ## Run the tests of the launch files and of other ROS packages (ROS_OVERLAY=FOLDER without ROS)
	@$(ENTER) sh scripts/test_ros.sh $(PYTEST_ARGS)

demo: setup ## Play recordings through the camera nodes and write out/demo/report.html
	@$(ENTER) thermal-depth demo $(DEMO_ARGS)

recipe-thermal: setup ## Train and evaluate models/thermal_default (2 hours; downloads ImageNet weights)
	@$(ENTER) sh scripts/recipe_thermal.sh

recipe-rgb: setup ## Train and evaluate models/rgb_default (2 hours; downloads ImageNet weights)
	@$(ENTER) sh scripts/recipe_rgb.sh

recipe-unsupervised: setup ## Train depth and motion from thermal images alone (80 minutes; downloads ImageNet weights)
	@$(ENTER) sh scripts/recipe_unsupervised.sh

bench: setup ## Measure the message path, the graph and the networks
	@$(ENTER) thermal-depth bench $(BENCH_ARGS)

doctor: setup ## Check installation, devices, bundles and the running graph
	@$(ENTER) thermal-depth doctor

lint: setup ## Check style and types
	@$(ENTER) ruff check . && ruff format --check . && mypy thermal_depth_ros

lock: ## Resolve requirements/*.txt again (maintainers; needs uv)
	@python3 scripts/lock.py $(LOCK_ARGS)

clean: ## Remove build results from the checkout (the shared environment stays)
	rm -rf build install log out .env .pytest_cache .mypy_cache .ruff_cache .hypothesis
