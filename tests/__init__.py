"""Tests mirror the package: harness/x/y.py is tested by tests/x/test_y.py."""
