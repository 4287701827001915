"""The first wall before SQL from strangers: one SELECT, over granted tables, with functions that only compute.

The text is read twice. DuckDB's own parser is the one that counts, because it is the one that runs the query; sqlglot
reads it again, and where the two do not see the same tables nothing runs.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from polidat.query.errors import NotOneSelect, NotUnderstood, QueryTooDeep, QueryTooLong
from polidat.query.tree import Found, Node, walk

# DuckDB and sqlglot are loaded by the first query: the door of this room is opened by processes that never ask one
if TYPE_CHECKING:
    import duckdb

    from polidat.lake import ReadableTable

SQL_BYTES_MAX = 100_000
DEPTH_MAX = 48
_OPENING, _CLOSING = b"([{", b")]}"


@dataclass(frozen=True)
class CheckedSelect:
    """A SELECT that may run. `columns` are the columns it can touch, by table: never fewer than it reads."""

    sql: str
    normalised: str
    tables: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]


def check_select(sql: str, tables: "Sequence[ReadableTable]") -> CheckedSelect:
    """The query, when it is one SELECT that only reads the tables that are not hidden.

    Raises a leaf of Refused for everything else, whatever the text: QueryTooLong, QueryTooDeep, NotOneSelect,
    NotUnderstood, TableNotGranted, FunctionNotAllowed, PhraseNotAllowed.
    """
    granted = {each.name: tuple(column.name for column in each.columns) for each in tables if not each.hidden}
    return check_names(sql, granted, parser=_parser().cursor())


def check_names(
    sql: str, granted: Mapping[str, tuple[str, ...]], *, parser: "duckdb.DuckDBPyConnection"
) -> CheckedSelect:
    """`check_select` for tables given as column names by table name, with the DuckDB connection to parse with."""
    from polidat.query.second_reading import read_again

    _check_size(sql)
    names = {each.lower(): each for each in granted}
    try:
        tree, normalised = _parse(sql, parser)
        found = walk(tree, names)
        read_again(sql, found.tables | found.ctes, sorted(granted))
    except RecursionError:
        raise QueryTooDeep(DEPTH_MAX) from None
    columns = {names[each]: _columns_used(found, each, granted[names[each]]) for each in sorted(found.tables)}
    return CheckedSelect(sql=sql, normalised=normalised, tables=tuple(columns), columns=columns)


def _check_size(sql: str) -> None:
    """Refuse what would make a parser itself slow: long texts and deep brackets (5,000 open ones cost it minutes)."""
    try:
        raw = sql.encode()
    except UnicodeEncodeError:
        raise NotUnderstood("it holds characters that are not text") from None
    if len(raw) > SQL_BYTES_MAX:
        raise QueryTooLong(len(raw), SQL_BYTES_MAX)
    if b"\0" in raw:
        raise NotUnderstood("it holds a NUL character")
    import duckdb

    depth = 0
    for offset, kind in duckdb.tokenize(sql):
        if kind == duckdb.token_type.operator and offset < len(raw):
            sign = raw[offset : offset + 1]
            depth += (sign in _OPENING) - (sign in _CLOSING)
            if depth > DEPTH_MAX:
                raise QueryTooDeep(DEPTH_MAX)
            depth = max(depth, 0)


def _parse(sql: str, parser: "duckdb.DuckDBPyConnection") -> tuple[Node, str]:
    """DuckDB's tree of the only statement, and DuckDB's own rendering of it."""
    import duckdb

    try:
        statements = parser.extract_statements(sql)
    except duckdb.Error as error:
        raise not_understood(str(error)) from None
    if len(statements) != 1:
        raise NotOneSelect(f"{len(statements)} statements" if statements else "empty")
    kind = statements[0].type
    if kind != duckdb.StatementType.SELECT:
        raise NotOneSelect(_named(kind.name))
    try:
        row = parser.execute(
            "SELECT tree, CASE WHEN tree->>'error' = 'false' THEN json_deserialize_sql(tree) END "
            "FROM (SELECT json_serialize_sql($1::VARCHAR) AS tree)",
            [sql],
        ).fetchone()
        assert row is not None
        tree = cast("Node", json.loads(row[0]))
    except duckdb.Error as error:
        raise not_understood(str(error)) from None
    if tree.get("error"):
        raise NotUnderstood(str(tree.get("error_message", "it cannot be read")))
    return tree, str(row[1])


def _named(kind: str) -> str:
    if kind == "MULTI":
        return "a statement that becomes several (PIVOT must list its values: ON column IN ('a', 'b'))"
    return f"{'an' if kind[:1] in 'AEIOU' else 'a'} {kind.replace('_', ' ')} statement"


def _columns_used(found: Found, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of the table that the query may touch: those it names, or all of them behind a star."""
    named_whole = any(alias in found.alone for alias, name in found.aliases.items() if name == table)
    whole = found.whole or named_whole
    return tuple(each for each in columns if whole or each.lower() in found.names)


def not_understood(message: str) -> NotUnderstood:
    """A parser's message, shortened to its first sentence, with the place it points at."""
    first = message.partition("\n")[0].removeprefix("Parser Error: ").strip() or "it cannot be read"
    line, column = place_in(message)
    return NotUnderstood(first[:300].rstrip("."), line=line, column=column)


def place_in(message: str) -> tuple[int | None, int | None]:
    """Line and column (both from 1) of the caret DuckDB draws under the query, where it draws one."""
    shown = re.search(r"^(LINE (\d+): )(\.\.\.)?.*\n( *)\^", message, re.MULTILINE)
    if shown is None:
        return None, None
    if shown[3]:  # the line was cut on its left: its column is not known
        return int(shown[2]), None
    return int(shown[2]), max(len(shown[4]) - len(shown[1]), 0) + 1


@cache
def _parser() -> "duckdb.DuckDBPyConnection":
    """A connection that only ever parses. It can open nothing, should a parser ever run something."""
    return open_locked_parser()


def open_locked_parser() -> "duckdb.DuckDBPyConnection":
    """A new in-memory connection that can open no file and whose settings cannot change."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "threads": 1,
            "memory_limit": "512MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "enable_external_access": False,
            "lock_configuration": True,
        },
    )
