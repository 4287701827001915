"""The figures of a profile, against figures made by hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import profile
from tests.pipelines.reading import read, read_text


def test_numbers_text_and_dates_have_their_figures(tmp_path: Path) -> None:
    lines = ["n,name,day", *(f"{number},name {number % 3},2024-01-{number:02}" for number in range(1, 21)), ",,"]

    table = read_text("\n".join(lines), tmp_path).prepared.tables[0]

    number, name, day = table.profile.columns
    assert (number["count"], number["nulls"], number["distinct"], number["min"], number["max"], number["mean"]) == (
        20, 1, 20, 1, 20, 10.5,
    )  # fmt: skip
    assert number["quantiles"]["0.5"] == 10.5
    assert sum(number["histogram"]) == 20
    assert name["distinct"] == 3
    assert (name["min_length"], name["max_length"]) == (6, 6)
    assert name["top"][0] == {"value": "name 1", "count": 7}
    assert (day["min"], day["max"]) == ("2024-01-01", "2024-01-20")
    assert day["histogram"] == [1] * 20


def test_large_tables_are_profiled_from_a_sample_except_counts_and_ranges(tmp_path: Path) -> None:
    rows = profile.EXACT_ROWS_MAX + 100_000
    table = pa.table({"n": pa.array(range(rows), pa.int64()), "f": pa.array([float("nan")] + [1.0] * (rows - 1))})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=20_000)

    found = read(tmp_path / "t.parquet", tmp_path / "work").prepared.tables[0].profile

    assert found.sampled_rows is not None
    assert 0 < found.sampled_rows < rows
    assert (found.columns[0]["min"], found.columns[0]["max"]) == (0, rows - 1)
    assert abs(found.columns[0]["quantiles"]["0.5"] - rows / 2) < rows * 0.1
    assert found.columns[1]["max"] == 1.0


def test_nested_and_extreme_values_do_not_stop_a_profile(tmp_path: Path) -> None:
    table = pa.table({"l": [[1], None], "s": [{"a": 1}, {"a": 2}], "d": pa.array([-2_000_000_000, 0], pa.date32())})
    pq.write_table(table, tmp_path / "t.parquet")

    columns = read(tmp_path / "t.parquet", tmp_path / "work").prepared.tables[0].profile.columns

    assert columns[0]["nulls"] == 1
    assert "histogram" not in columns[2]
