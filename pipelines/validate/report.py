"""What validation found, for people, for the version's row, and for great-expectations' own tools."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class CheckResult:
    """One expectation of one table. `unexpected_percent` is of the rows judged; `examples` are rows at fault."""

    table: str
    title: str
    kind: str
    column: str
    success: bool
    blocking: bool
    applicable: bool
    observed: str | int | float | None = None
    unexpected_count: int | None = None
    unexpected_percent: float | None = None
    examples: tuple[dict[str, Any], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class ValidationReport:
    """All results of a suite over the tables of one version."""

    suite: str
    results: tuple[CheckResult, ...]

    @property
    def success(self) -> bool:
        """Whether every expectation holds."""
        return all(each.success for each in self.results)

    @property
    def blocked(self) -> bool:
        """Whether a blocking expectation failed: the version must not be published."""
        return any(each.blocking and not each.success for each in self.results)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "suite": self.suite,
            "success": self.success,
            "blocked": self.blocked,
            "checked": sum(each.applicable for each in self.results),
            "failed": sum(not each.success for each in self.results),
            "results": [asdict(each) | {"examples": list(each.examples)} for each in self.results],
        }

    def gx_result(self) -> Any:
        """Return it as great-expectations' ExpectationSuiteValidationResult, for Data Docs."""
        from great_expectations.core.expectation_validation_result import (  # takes seconds to import
            ExpectationSuiteValidationResult,
            ExpectationValidationResult,
        )
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        applied = [each for each in self.results if each.applicable]
        results = [
            ExpectationValidationResult(
                success=each.success,
                expectation_config=ExpectationConfiguration(
                    type=each.kind, kwargs={"column": each.column} if each.column else {}
                ),
                result={
                    "observed_value": each.observed,
                    "unexpected_count": each.unexpected_count,
                    "unexpected_percent": each.unexpected_percent,
                },
            )
            for each in applied
        ]
        held = sum(each.success for each in applied)
        statistics = {
            "evaluated_expectations": len(applied),
            "successful_expectations": held,
            "unsuccessful_expectations": len(applied) - held,
            "success_percent": 100 * held / len(applied) if applied else None,
        }
        return ExpectationSuiteValidationResult(
            success=self.success, results=results, suite_name=self.suite, statistics=statistics, meta={}
        )
