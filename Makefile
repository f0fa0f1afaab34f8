# Two commands are enough on a fresh machine: `make run` and `make test`. Each installs what it needs by itself.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run run-vnc demo province hall-demo test coverage bench torture screenshots build installer smoke clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Prepare .venv/bin/counter-app and nothing else
	@tools/setup.sh run

run: setup ## Open the counter on an encrypted store with sample data
	@tools/run.sh window

run-vnc: ## The same on a virtual display, seen through a VNC port on loopback
	@tools/setup.sh vnc
	@tools/run.sh vnc

demo: setup ## Do the main job without a display: receipt PDF and screenshots in build/demo
	@tools/run.sh demo

province: ## Run the provincial service here, on https://127.0.0.1:8443 with a PostgreSQL of its own
	@tools/setup.sh province
	@exec .venv/bin/counter-app --data build/province province serve

hall-demo: ## A province, a hall with three desks and a lone one as processes: the line is cut and comes back
	@tools/setup.sh province
	@.venv/bin/python -m tools.hall_demo

test: ## Run every check and every test
	@tools/setup.sh test
	@tools/check.sh

bench: ## Run the benchmarks one after the other, each with its peer
	@tools/setup.sh bench
	@tools/bench.sh

coverage: ## The tests again, and how much of the code they reach
	@tools/setup.sh test
	@tools/check.sh coverage

torture: ## The tests that kill, fuzz and cut, ten times as long
	@tools/setup.sh test
	@COUNTER_APP_TORTURE=10 HYPOTHESIS_PROFILE=torture tools/check.sh torture

screenshots: setup ## Every page, both languages, light and dark, two sizes, in build/screenshots
	@QT_QPA_PLATFORM=offscreen .venv/bin/python -m tools.screenshots build/screenshots

build: ## Wheel and source distribution in dist/
	@tools/setup.sh run
	@build/bootstrap/bin/uv build -q && ls dist

installer: ## Packages for Debian and Windows in dist/, with checksums and a list of what is inside
	@tools/setup.sh installer
	@build/installer/venv/bin/python -m installer.build

smoke: ## Install what `make installer` made into a clean Debian, a clean home and a clean Wine, use it, remove it (root)
	@tools/setup.sh smoke
	@.venv/bin/python -m installer.smoke dist/quay-mot-cua_*_amd64.deb
	@.venv/bin/python -m installer.smoke dist/quay-mot-cua-*-linux-x86_64.tar.xz
	@.venv/bin/python -m installer.smoke dist/QuayMotCua-*-setup.exe

clean: ## Remove what the targets above made (sample data too); .venv stays
	@rm -rf build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
