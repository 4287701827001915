"""The guard on its own: what it finds, what it says, and that nothing but our errors ever leaves it."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polidat.core import Refused
from polidat.lake import Column, ReadableTable
from polidat.query import (
    FunctionNotAllowed,
    NotOneSelect,
    NotUnderstood,
    QueryTooDeep,
    QueryTooLong,
    TableNotGranted,
    check_select,
)
from polidat.query.guard import DEPTH_MAX, place_in


def _table(name: str, *columns: str, hidden: bool = False) -> ReadableTable:
    return ReadableTable(name, (f"/lake/{name}",), 1, 1, tuple(Column(each, each, "INT") for each in columns), hidden)


TABLES = [_table("polls", "id", "share", "day"), _table("Counties", "id", "votes"), _table("_rejects", hidden=True)]
WORDS = re.split(
    " ",
    "SELECT FROM polls counties _rejects WHERE share id * ( ) [ ] { } , . ; ' \" -- /* */ $$ WITH RECURSIVE AS a UNION "
    "ALL JOIN LATERAL unnest read_text getenv PIVOT ON IN USING DESCRIBE SHOW COPY TO INSERT INTO 1 ? $1 := -> :: E' "
    "CASE WHEN THEN END NOT NULL VALUES LIMIT % ORDER BY lambda x : FILTER OVER QUALIFY EXCLUDE COLUMNS U& \\",
)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT share FROM polls", {"polls": ("share",)}),
        ("SELECT count(*) FROM polls", {"polls": ()}),
        ("SELECT * FROM POLLS", {"polls": ("id", "share", "day")}),
        ("SELECT p FROM polls p", {"polls": ("id", "share", "day")}),
        ("SELECT polls.day FROM polls", {"polls": ("day",)}),
        ("SELECT day.year() FROM polls", {"polls": ("day",)}),
        ("SELECT q.x FROM polls q(x)", {"polls": ("id", "share", "day")}),
        ("SELECT votes FROM polls JOIN counties USING (id)", {"Counties": ("id", "votes"), "polls": ("id",)}),
        (
            "SELECT votes FROM polls NATURAL JOIN counties",
            {"Counties": ("id", "votes"), "polls": ("id", "share", "day")},
        ),
        ("SELECT 1 FROM polls WHERE EXISTS (SELECT votes FROM counties)", {"Counties": ("votes",), "polls": ()}),
        ("WITH polls AS (SELECT 1 AS share) SELECT share FROM polls", {}),
    ],
)
def test_the_tables_and_columns_a_query_can_touch_are_named(sql: str, columns: dict[str, tuple[str, ...]]):
    checked = check_select(sql, TABLES)

    assert dict(checked.columns) == columns
    assert checked.tables == tuple(columns)
    assert checked.sql == sql


def test_a_mistyped_table_is_answered_with_the_one_that_was_meant():
    with pytest.raises(TableNotGranted) as refused:
        check_select("SELECT * FROM contuies", TABLES)

    assert "Did you mean Counties?" in refused.value.says
    assert "Counties, polls" in refused.value.says
    assert "_rejects" not in refused.value.says


def test_without_any_table_the_person_is_told_so():
    with pytest.raises(TableNotGranted, match="no table to query"):
        check_select("SELECT * FROM polls", [])


def test_a_mistyped_function_is_answered_with_the_one_that_was_meant():
    with pytest.raises(FunctionNotAllowed, match=r"Did you mean median\(\)"):
        check_select("SELECT mediann(share) FROM polls", TABLES)


def test_a_dynamic_pivot_is_told_to_list_its_values():
    with pytest.raises(NotOneSelect, match="list its values"):
        check_select("PIVOT polls ON day USING sum(share)", TABLES)


def test_a_syntax_error_points_at_its_place():
    with pytest.raises(NotUnderstood) as refused:
        check_select("SELECT share\nFROM polls\nWHERE share >> > 3", TABLES)

    assert refused.value.facts["line"] == 3


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Parser Error: x\n\nLINE 2: FROM polls selec\n                   ^", (2, 12)),
        ("Parser Error: x\n\nLINE 1: ...polls selec\n                   ^", (1, None)),
        ("no place at all", (None, None)),
    ],
)
def test_the_caret_of_a_message_is_read_as_line_and_column(message: str, place: tuple[int | None, int | None]):
    assert place_in(message) == place


def test_length_is_counted_in_bytes():
    check_select("SELECT '" + "x" * 90_000 + "'", TABLES)

    with pytest.raises(QueryTooLong):
        check_select("SELECT '" + "é" * 50_000 + "'", TABLES)


def test_brackets_nest_up_to_the_limit_and_do_not_count_inside_text():
    check_select("SELECT " + "(" * 20 + "1" + ")" * 20, TABLES)
    check_select("SELECT '" + "(" * 500 + "' -- " + "(" * 500, TABLES)

    with pytest.raises(QueryTooDeep):
        check_select("SELECT " + "(" * (DEPTH_MAX + 1) + "1" + ")" * (DEPTH_MAX + 1), TABLES)


@pytest.mark.parametrize("sql", ["SELECT \ud800", "SELECT 1 \0", "\0", "SELECT 'a\0b'"])
def test_characters_that_are_not_text_are_refused(sql: str):
    with pytest.raises(NotUnderstood):
        check_select(sql, TABLES)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
def test_whatever_the_text_the_guard_passes_it_or_raises_one_of_our_refusals(sql: str):
    tables: tuple[str, ...] = ()
    with suppress(Refused):
        tables = check_select(sql, TABLES).tables

    assert set(tables) <= {"polls", "Counties"}
