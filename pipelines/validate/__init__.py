"""Does the data keep what its suite expects? Suites are great-expectations JSON, checked in one DuckDB pass a table."""

from pipelines.validate.check import validate
from pipelines.validate.report import CheckResult, ValidationReport
from pipelines.validate.suites import Suite, choose_kind, kinds, parse_suite, suite_for

__all__ = [
    "CheckResult",
    "Suite",
    "ValidationReport",
    "choose_kind",
    "kinds",
    "parse_suite",
    "suite_for",
    "validate",
]
