"""Tests of harness/suite."""
