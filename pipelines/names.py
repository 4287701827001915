"""Names a SQL user can type: lower snake_case, unique, never a reserved word."""

import re
import unicodedata
from collections.abc import Iterable

NAME_CHARS_MAX = 60
# Words DuckDB's parser refuses as a bare column name; a name like these would need quoting in every query.
RESERVED = frozenset(
    [
        "all",
        "analyse",
        "analyze",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "asymmetric",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "default",
        "deferrable",
        "desc",
        "describe",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "grant",
        "group",
        "having",
        "in",
        "initially",
        "intersect",
        "into",
        "lambda",
        "lateral",
        "leading",
        "limit",
        "not",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "pivot",
        "pivot_longer",
        "pivot_wider",
        "placing",
        "primary",
        "qualify",
        "references",
        "returning",
        "select",
        "show",
        "some",
        "summarize",
        "symmetric",
        "table",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "unpivot",
        "using",
        "variadic",
        "when",
        "where",
        "window",
        "with",
    ]
)
# Names the pipeline gives to tables of its own; a file called like this gets a number behind it.
TAKEN_TABLES = frozenset({"chunks"})


def snake_of(text: str, fallback: str) -> str:
    """Return `text` as lower snake_case of ASCII letters, digits and underscores, or `fallback` if nothing is left."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", plain)
    plain = plain.replace("%", " pct ").replace("#", " no ") if not plain.isalnum() else plain
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:NAME_CHARS_MAX].rstrip("_")
    if not name:
        return fallback
    if name[0].isdigit():
        name = f"{'n' if fallback.startswith('column') else 't'}_{name}"
    return f"{name}_" if name in RESERVED else name


def unique_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names with `_2`, `_3`, ... behind those that repeat or are taken."""
    used = set(taken)
    result: list[str] = []
    for name in wanted:
        free, number = name, 2
        while free in used:
            free, number = f"{name}_{number}", number + 1
        used.add(free)
        result.append(free)
    return tuple(result)


def column_names(headers: Iterable[str]) -> tuple[str, ...]:
    """Return SQL names for source headers; a column without one is `column_<position>`, from 1."""
    return unique_names(snake_of(header, f"column_{index}") for index, header in enumerate(headers, start=1))


def table_name(text: str) -> str:
    """Return a SQL name for a table from a file or sheet name."""
    return snake_of(text, "table")
