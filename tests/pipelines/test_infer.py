"""What text is taken for, judged from the whole column."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.reading import read_text

COLUMNS: dict[str, tuple[list[str], str, Any]] = {
    "codes with leading zeros": (["01001", "36061"], "VARCHAR", "01001"),
    "whole numbers": (["7", "-12", "+3"], "BIGINT", 7),
    "numbers too long to be exact": (["12345678901234567890", "1"], "VARCHAR", "12345678901234567890"),
    "fractions": (["0.5", "12", "1e3"], "DOUBLE", 0.5),
    "thousands": (["1,234", "12", "1,000,000"], "BIGINT", 1234),
    "money": (["$1,234.50", "$7", "$0.99"], "DOUBLE", 1234.5),
    "groups in the wrong place": (["9,0,0", "1,234"], "VARCHAR", "9,0,0"),
    "decimal commas": (["12,5", "1.234,75"], "DOUBLE", 12.5),
    "two styles of decimals": (["12,5", "5.25"], "VARCHAR", "12,5"),
    "percentages": (["12.5%", "100%"], "DOUBLE", 12.5),
    "iso dates": (["2024-11-05", "1920-01-01"], "DATE", date(2024, 11, 5)),
    "american dates": (["7/9/24", "12/31/24"], "DATE", date(2024, 7, 9)),
    "european dates": (["16/07/2010", "01/02/2010"], "DATE", date(2010, 7, 16)),
    "dates in words": (["24 October 2011", "1 May 2012"], "DATE", date(2011, 10, 24)),
    "impossible dates": (["2024-02-30", "2024-01-01"], "VARCHAR", "2024-02-30"),
    "compact dates stay numbers": (["20140102", "20121231"], "BIGINT", 20140102),
    "timestamps": (
        ["2024-11-05 18:30:00", "2024-11-06T01:00:00"],
        "TIMESTAMP",
        datetime.fromisoformat("2024-11-05 18:30"),
    ),
    "american timestamps": (
        ["5/19/2006 0:00", "12/31/2006 23:59"],
        "TIMESTAMP",
        datetime.fromisoformat("2006-05-19 00:00"),
    ),
    "truth": (["true", "FALSE"], "BOOLEAN", True),
    "single letters are no truth": (["T", "F"], "VARCHAR", "T"),
    "yes and no": (["yes", "No"], "BOOLEAN", True),
    "yes and something else": (["yes", "maybe"], "VARCHAR", "yes"),
    "words for no value among numbers": (["NA", "5", "-"], "BIGINT", None),
    "words for no value among text": (["NA", "SC", "TX"], "VARCHAR", "NA"),
    "nothing": (["", ""], "VARCHAR", None),
    "not a number": (["nan", "inf"], "VARCHAR", "nan"),
    "underscores": (["1_000", "2"], "VARCHAR", "1_000"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_a_column_gets_the_type_all_of_it_has(case: str, tmp_path: Path) -> None:
    values, expected, first = COLUMNS[case]
    lines = ["key;value", *(f"row {index};{value}" for index, value in enumerate(values))]

    found = read_text("\n".join(lines), tmp_path)

    assert found.types()["value"] == expected
    assert found.rows()[0][1] == first
    assert found.prepared.rejected_rows == 0


def test_moments_with_a_zone_keep_their_instant(tmp_path: Path) -> None:
    found = read_text("at,n\n2024-11-05T18:30:00+02:00,1\n2024-11-05T16:30:00Z,2\n", tmp_path)

    assert found.types()["at"] == "TIMESTAMP WITH TIME ZONE"
    assert found.rows()[0][0] == found.rows()[1][0]


def test_dates_that_fit_both_orders_are_noted(tmp_path: Path) -> None:
    found = read_text("day,n\n01/02/2024,1\n03/04/2024,2\n", tmp_path)

    assert found.rows()[0][0] == date(2024, 1, 2)
    assert any("could be %m/%d/%Y or %d/%m/%Y" in note for note in found.prepared.notes)


def test_one_slip_in_a_hundred_is_a_fault_of_its_row(tmp_path: Path) -> None:
    lines = ["votes", *["5"] * 99, "five"]

    found = read_text("\n".join(lines), tmp_path)

    assert found.types() == {"votes": "BIGINT"}
    assert found.rejects() == [(101, "votes: “five” is not a whole number", "five")]


def test_two_slips_in_a_hundred_make_the_column_text(tmp_path: Path) -> None:
    lines = ["votes", *["5"] * 98, "five", "six"]

    found = read_text("\n".join(lines), tmp_path)

    assert found.types() == {"votes": "VARCHAR"}
    assert found.prepared.rejected_rows == 0


def test_faults_in_many_columns_do_not_add_up_to_many_rows(tmp_path: Path) -> None:
    rows = [["1", "2", "3"] for _ in range(200)]
    for column, start in enumerate((0, 50, 100)):
        rows[start][column] = rows[start + 1][column] = "x"

    found = read_text("\n".join(["a,b,c", *(",".join(row) for row in rows)]), tmp_path)

    assert sorted(found.types().values()) == ["BIGINT", "VARCHAR", "VARCHAR"]
    assert found.prepared.rejected_rows == 2
