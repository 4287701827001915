"""What an answer consists of. Values only."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Citation:
    """An exact quotation and where it stands."""

    source: str
    quote: str
    page: int | None
    start_char: int
    end_char: int
    score: float


@dataclass(frozen=True)
class Answer:
    """An answer, or a plain statement that there is none. `how` is "table", "passages" or "declined".

    `cost` is what it cost its reader, for people; empty when it cost nothing.
    """

    question: str
    text: str
    answered: bool
    how: str
    sql: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    citations: tuple[Citation, ...] = ()
    why_not: str = ""
    suggestions: tuple[str, ...] = ()
    cost: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the answer as JSON values; `answer` is its text."""
        told = asdict(self)
        told["answer"] = told.pop("text")
        told["rows"] = [{name: _plain(value) for name, value in row.items()} for row in self.rows]
        return told


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
