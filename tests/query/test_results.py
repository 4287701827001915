"""The files people take home."""

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polidat.query import QueryResult, as_csv, as_parquet
from polidat.query.arrow import csv_bytes, defuse_text, read_table


def _result(table: pa.Table) -> QueryResult:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return QueryResult(out.getvalue(), (), table.num_rows, False, (), 1.0, 0, 0)


def test_csv_holds_every_kind_of_value():
    result = _result(
        pa.table(
            {
                "n": [1, None],
                "text": ['say "hi", now', "two\nlines"],
                "list": pa.array([[1, 2], None]),
                "bytes": pa.array([b"\xff\x00", None]),
                "kind": pa.array(["a", "b"]).dictionary_encode(),
                "=name": [1.5, 2.5],
            }
        )
    )

    text = as_csv(result).decode()

    assert text.splitlines()[0] == '"n","text","list","bytes","kind","\'=name"'
    assert '1,"say ""hi"", now","[1, 2]","ff00","a",1.5' in text


def test_a_result_of_no_rows_is_a_header():
    assert as_csv(_result(pa.table({"a": pa.array([], pa.int64())}))) == b'"a"\n'


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-", "=HYPERLINK(...)"])
def test_text_that_a_spreadsheet_would_run_is_defused(text: str):
    assert defuse_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "-5", "+3.25", "-1e9", ".5", "plain"])
def test_plain_text_and_numbers_stay_as_they_are(text: str):
    assert defuse_text(text) == text


@given(st.text())
def test_no_text_starts_a_formula_after_defusing(text: str):
    shown = defuse_text(text)

    assert shown.removeprefix("'") == text.removeprefix("'") or shown == f"'{text}"
    assert not shown.startswith(("=", "@", "\t", "\r"))


def test_defusing_can_be_turned_off():
    table = pa.table({"t": ["=1+1"]})

    assert b'"=1+1"' in csv_bytes(table, defuse=False)
    assert b'"\'=1+1"' in csv_bytes(table, defuse=True)


def test_parquet_keeps_types_and_numbers_columns_of_one_name():
    table = pa.table([pa.array([1]), pa.array([2]), pa.array(["x"])], names=["a", "a", "a_2"])

    kept = pq.read_table(io.BytesIO(as_parquet(_result(table))))

    assert kept.column_names == ["a", "a_2", "a_2_2"]
    assert [each.to_pylist() for each in kept.columns] == [[1], [2], ["x"]]


def test_an_ipc_stream_is_read_whole():
    assert read_table(_result(pa.table({"a": [1, 2]})).ipc).num_rows == 2
