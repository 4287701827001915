"""sqlglot's reading of a query, as a second opinion on DuckDB's."""

from collections.abc import Sequence
from typing import cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from polidat.query.errors import NotOneSelect, NotUnderstood, PhraseNotAllowed, TableNotGranted

# What may never stand in a tree, wherever it stands. The first reading allows by list; this one forbids by list.
_WRITES = (
    exp.Command, exp.Copy, exp.Create, exp.Drop, exp.Alter, exp.Attach, exp.Detach, exp.Set, exp.Pragma, exp.Use,
    exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.LoadData, exp.Export, exp.TruncateTable,
    exp.Transaction, exp.Commit, exp.Rollback, exp.Kill, exp.Show, exp.Parameter, exp.Placeholder,
)  # fmt: skip
_READS = (exp.Query, exp.Describe, exp.Summarize, exp.Pivot, exp.Values, exp.Table)


def read_again(sql: str, known: set[str], granted: Sequence[str]) -> None:
    """Nothing, when sqlglot sees one query that reads only `known` names (lower case) too.

    Raises NotUnderstood, NotOneSelect, PhraseNotAllowed or TableNotGranted.
    """
    try:
        trees = [each for each in sqlglot.parse(sql, read="duckdb") if not isinstance(each, exp.Semicolon | None)]
    except SqlglotError as error:
        raise _not_understood(error) from None
    if len(trees) != 1:
        raise NotOneSelect(f"{len(trees)} statements")
    if not isinstance(trees[0], _READS):
        raise NotOneSelect(f"a {trees[0].key.upper()} statement")
    for node in trees[0].walk():
        if isinstance(node, _WRITES):
            raise PhraseNotAllowed(node.key.upper(), "Only reading the tables you were granted is allowed.")
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            _check_table(node, known, granted)


def _check_table(table: exp.Table, known: set[str], granted: Sequence[str]) -> None:
    if table.db or table.catalog or table.name.lower() not in known:
        raise TableNotGranted(".".join(part.name for part in table.parts), granted)


def _not_understood(error: SqlglotError) -> NotUnderstood:
    found = cast("list[dict[str, object]]", getattr(error, "errors", None) or [{}])
    why = str(found[0].get("description") or str(error).partition("\n")[0] or "it cannot be read").rstrip(". ")
    line, column = found[0].get("line"), found[0].get("col")
    return NotUnderstood(
        why[:300], line=line if isinstance(line, int) else None, column=column if isinstance(column, int) else None
    )
