"""`python -m harness` is `siptransfer`."""

from harness.cli.main import main

main()
