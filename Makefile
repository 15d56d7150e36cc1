# Two commands: `make run` plays every scenario, `make test` proves the program. Both work in a fresh clone.
SHELL := /bin/sh
.PHONY: run test example pictures pages clean

run:            ## play scenarios/ in virtual time; writes reports/results.json and reports/index.html
	@.ci/play

test:           ## lint, types, layout, then pytest on the installed wheel
	@.ci/test

example: run    ## docs/example-report.html: a report of a suite in which a carrier lies
	@.venv/bin/siptransfer run docs/example --html docs/example-report.html; test $$? -eq 1

pictures:       ## docs/report-light.png and docs/report-dark.png: the example report in chromium
	@.venv/bin/python -m tests.report.pictures

PAGES = protocol.machines:machines suite.scenario_page:scenarios results.model_page:results \
	cli.command_page:command-line cli.rule_page:rules

pages: run      ## the pages of docs/ that are made from the program, and what the tutorial shows
	@for page in $(PAGES); do .venv/bin/python -m harness.$${page%:*} > docs/$${page#*:}.md || exit 1; done
	@.venv/bin/python -m tests.test_tutorial

clean:          ## remove what the two commands made
	rm -rf .venv .tox build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find reports -mindepth 1 ! -name .gitkeep -delete
