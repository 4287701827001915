"""From an upload to finished tables: what is kept, what is rejected, and where it stood."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipelines import cast
from pipelines.errors import NothingToRead
from pipelines.prepare import prepare
from polidat.core import Invalid
from polidat.jobs import Cancelled
from tests.pipelines.reading import Read, read, read_text, rows_of

LARGE = cast.GUESS_ROWS_MIN + 20_000


def large_csv(path: Path, change: dict[int, str] | None = None, end: str = "\n") -> Path:
    """A file above the size at which types are guessed first; `change` replaces whole lines by their number."""
    with path.open("w", newline="") as out:
        out.write("id,day,name,amount" + end)
        for number in range(2, LARGE + 2):
            out.write((change or {}).get(number, f"{number},2024-01-0{number % 9 + 1},name {number},{number}.5") + end)
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_large_file_is_read_in_one_typed_pass(tmp_path: Path, end: str) -> None:
    found = read(large_csv(tmp_path / "large.csv", end=end), tmp_path / "work")

    assert found.types() == {"id": "BIGINT", "day": "DATE", "name": "VARCHAR", "amount": "DOUBLE"}
    assert found.prepared.tables[0].staged.rows == LARGE
    assert found.rows()[-1] == (LARGE + 1, date(2024, 1, (LARGE + 1) % 9 + 1), f"name {LARGE + 1}", LARGE + 1.5)


def test_a_misfit_far_behind_the_sample_rejects_its_row_with_line_and_text(tmp_path: Path) -> None:
    late = LARGE - 7
    broken = '4711,soon,"a name, quoted",1.5'

    found = read(large_csv(tmp_path / "large.csv", {late: broken}), tmp_path / "work")

    assert found.rejects() == [(late, "day: “soon” is not a date like 2024-11-05", broken)]
    assert found.prepared.tables[0].staged.rows == LARGE - 1


def test_line_numbers_are_physical_where_values_hold_line_ends(tmp_path: Path) -> None:
    change = {100: '100,2024-01-01,"two\nlines",1.5', 50_000: "x,2024-01-01,name,1.5"}

    found = read(large_csv(tmp_path / "large.csv", change), tmp_path / "work")

    assert [(line, raw) for line, _, raw in found.rejects()] == [(50_001, "x,2024-01-01,name,1.5")]
    assert found.prepared.tables[0].staged.rows == LARGE - 1


def test_one_ragged_row_in_a_large_file_is_the_only_one_lost(tmp_path: Path) -> None:
    found = read(large_csv(tmp_path / "large.csv", {90_000: "1,2024-01-01,name"}), tmp_path / "work")

    assert found.rejects() == [(90_000, "has 3 values, the table has 4 columns", "1,2024-01-01,name")]
    assert found.types()["id"] == "BIGINT"


def test_a_code_with_leading_zeros_at_the_end_keeps_the_column_text(tmp_path: Path) -> None:
    found = read(large_csv(tmp_path / "large.csv", {LARGE: "01001,2024-01-01,name,1.5"}), tmp_path / "work")

    assert found.types()["id"] == "VARCHAR"
    assert found.prepared.rejected_rows == 0
    assert found.rows()[LARGE - 2][0] == "01001"


def test_values_that_come_late_still_give_their_column_a_type(tmp_path: Path) -> None:
    lines = ["a,b", *["1,"] * LARGE, "2,7.5"]

    found = read_text("\n".join(lines), tmp_path)

    assert found.types() == {"a": "BIGINT", "b": "DOUBLE"}


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8) | st.sampled_from(
    ["1", "02", "3.5", "", "NA", "2024-01-01", 'a"b', "x\ny", "a,b", "7"]
)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUICK
@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=25))
def test_what_a_csv_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("first name", "second name", "third name"), *rows])

    found = read_text(text.getvalue(), tmp_path_factory.mktemp("csv"))

    assert found.prepared.tables[0].staged.rows + found.prepared.rejected_rows == len(rows)
    for index, kind in enumerate(found.types().values()):
        if kind == "VARCHAR":
            assert [row[index] or "" for row in found.rows()] == [row[index] for row in rows]


LINE = st.text(st.sampled_from("abc019.,;|\t\"' -/%"), min_size=1, max_size=14)


@QUICK
@example(["a,b", '1,"x', "2,y", '3,z"'])
@example(['"a","b"', '"1","x""', '"2","y"'])
@example(["'0", "'\t", "'0", "'\t"])
@given(st.lists(LINE, min_size=1, max_size=15))
def test_every_line_of_any_text_is_kept_rejected_or_named_in_a_note(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    try:
        found = read_text("\n".join(lines), tmp_path_factory.mktemp("any"))
    except Invalid:
        return

    plan = found.prepared.tables[0].plan
    filled = [line for line in lines if line.strip()]
    spanned = sum(row.count("\n") for values in found.rows() for row in values if isinstance(row, str))
    spanned += sum(raw.count("\n") for _, _, raw in found.rejects())
    above = len(plan["lines_above"]) + bool(plan["header"])
    counted = found.prepared.tables[0].staged.rows + found.prepared.rejected_rows + above
    assert counted <= len(filled)
    # The header and the lines above may span lines too; with quotes in them they are not counted exactly here.
    quote = plan["quote"]
    uncounted = len(lines) if quote and any(quote in line for line in lines) else 0
    assert counted + spanned + uncounted >= len(filled)


def test_nothing_is_left_outside_of_the_work_folder_when_stopped(tmp_path: Path) -> None:
    source = large_csv(tmp_path / "large.csv")
    before = sorted(tmp_path.iterdir())

    def stop(step: str, done: int = 0, total: int | None = None, note: str = "") -> None:
        if step.startswith("Writing"):
            raise Cancelled(step)

    with pytest.raises(Cancelled):
        prepare(source, "large.csv", tmp_path / "work", progress=stop)

    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "work"])


def test_progress_hears_bytes_of_the_file(tmp_path: Path) -> None:
    heard: list[tuple[str, int, int | None]] = []
    source = large_csv(tmp_path / "large.csv")

    prepare(
        source,
        "large.csv",
        tmp_path / "work",
        progress=lambda step, done=0, total=None, note="": heard.append((step, done, total)),
    )

    size = source.stat().st_size
    assert ("Reading large.csv", size, size) in heard
    assert any(step == "Writing large" for step, _, _ in heard)


def test_an_upload_of_several_files_leaves_out_what_holds_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / "votes.csv").write_text("name,votes\nAnn,3\n")
    (folder / "Votes.json").write_text('[{"name": "Bob"}]')
    (folder / "header.csv").write_text("a,b\n")
    (folder / "page.xml").write_text("<?xml version='1.0'?><a/>")

    prepared = read(folder, tmp_path / "work").prepared

    assert sorted(each.staged.name for each in prepared.tables) == ["votes", "votes_2"]
    assert sum("Left out" in note for note in prepared.notes) == 2


def test_an_upload_without_anything_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "upload"
    folder.mkdir()
    (folder / "a.csv").write_text("")
    (folder / "b.csv").write_text("a,b\n")

    with pytest.raises(NothingToRead, match="is empty"):
        prepare(folder, "upload", tmp_path / "work")


def test_vectors_stand_beside_their_chunks(tmp_path: Path) -> None:
    source = tmp_path / "speech.txt"
    source.write_text("One sentence here. " * 200)

    prepared = prepare(
        source, "speech.txt", tmp_path / "work", embed=lambda texts: np.ones((len(texts), 384), dtype=np.float32)
    )

    assert prepared.chunks is not None
    assert prepared.chunk_vectors is not None
    assert prepared.chunk_vectors.hidden
    keys = [row[:2] for row in rows_of(prepared.chunks)]
    assert [row[:2] for row in rows_of(prepared.chunk_vectors)] == keys
    assert len(rows_of(prepared.chunk_vectors)[0][2]) == 384


def test_the_report_is_json_and_knows_no_path(tmp_path: Path) -> None:
    found: Read = read_text("a,b\n" + "1,x\n" * 200 + "q,y\n", tmp_path)

    report = json.dumps(found.prepared.report(), allow_nan=False)

    assert str(tmp_path) not in report
    assert json.loads(report)["tables"][0]["rejected_rows"] == 1
    assert [each.name for each in found.prepared.staged] == ["t", "_rejects"]
