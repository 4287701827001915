"""Delimited text, JSON, YAML, workbooks, archives and what we do not read."""

import gzip
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pypdf import PdfWriter

from pipelines.errors import Damaged, EmptyFile, Encrypted, HeaderOnly, NoText, TooLarge, UnknownFormat, UnsafeArchive
from pipelines.readers import archive
from tests.pipelines.reading import CORPUS, read, read_text

ROWS = [("Ann", 3), ("Bob", 4), ("Cy", 12)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "\x1c", "||", "~|~", "^", "§"])
def test_a_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    lines = ["name" + delimiter + "votes", *(f"{name}{delimiter}{votes}" for name, votes in ROWS)]

    found = read_text("\n".join(lines), tmp_path)

    assert found.rows() == ROWS
    assert found.prepared.tables[0].plan["delimiter"] == delimiter


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str, tmp_path: Path) -> None:
    text = end.join(["name,city", "José,Zürich", "Zoë,Málaga", "Bob,Ulm", ""])

    found = read_text(text.encode(encoding), tmp_path)

    assert found.rows() == [("José", "Zürich"), ("Zoë", "Málaga"), ("Bob", "Ulm")]


def test_a_few_foreign_bytes_in_utf8_are_mended_and_noted(tmp_path: Path) -> None:
    text = ("name\n" + "Zoë\n" * 50).encode() + b"Ren\xe9 said \x93hi\x94\n"

    found = read_text(text, tmp_path)

    assert found.rows()[0] == ("Zoë",)
    assert found.rows()[-1] == ("René said “hi”",)
    assert any("3 places are not UTF-8" in note for note in found.prepared.notes)


def test_a_table_without_a_header_gets_numbered_columns(tmp_path: Path) -> None:
    found = read_text("H0AL1|CARL|2020|01\nH0AL2|ROBY|2020|02\nH0AL3|SEWELL|2018|07\n", tmp_path, "cn.txt")

    assert found.types() == {"column_1": "VARCHAR", "column_2": "VARCHAR", "column_3": "BIGINT", "column_4": "VARCHAR"}
    assert found.prepared.tables[0].staged.rows == 3


def test_prose_with_commas_is_a_document(tmp_path: Path) -> None:
    text = "We came, we saw, we left.\nIt was late, and dark, and cold.\nNobody spoke.\n"

    found = read_text(text, tmp_path, "night.txt")

    assert not found.prepared.tables
    assert found.prepared.documents[0].title == "night"


def test_names_become_sql_names_and_keep_their_source(tmp_path: Path) -> None:
    found = read_text("Has Prez?,2024 rating,order,Total %,Has Prez?,\n1,2,3,4,5,6\n", tmp_path, "My Polls (2024).csv")

    staged = found.prepared.tables[0].staged
    assert staged.name == "my_polls_2024"
    names = ["has_prez", "n_2024_rating", "order_", "total_pct", "has_prez_2", "column_6"]
    assert [each.name for each in staged.columns] == names
    assert staged.columns[0].source_name == "Has Prez?"


def test_quotes_that_are_not_escaped_are_text(tmp_path: Path) -> None:
    found = read_text('id,name\n1,"the "old" house"\n2,"KINGDOM" OF GOD\n3,"a, b"\n', tmp_path)

    assert found.rows() == [(1, 'the "old" house'), (2, '"KINGDOM" OF GOD'), (3, "a, b")]


def test_thousands_of_open_quotes_cost_no_square(tmp_path: Path) -> None:
    lines = ["id,name", *(f'{number},"open' for number in range(30_000))]

    found = read_text("\n".join(lines), tmp_path)

    assert found.prepared.tables[0].staged.rows + found.prepared.rejected_rows == 30_000


def test_ndjson_lines_that_are_broken_are_rejected_with_their_number(tmp_path: Path) -> None:
    text = '{"a": 1}\n\n{"a": 2}x\n[1]\n{"a": 3, "b": {"c": [1]}}\n'

    found = read_text(text, tmp_path, "t.ndjson")

    assert [row[0] for row in found.rows()] == [1, 3]
    assert [(line, raw) for line, _, raw in found.rejects()] == [(3, '{"a": 2}x'), (4, "[1]")]
    assert found.types()["b"] == 'STRUCT("c" BIGINT[])'


def test_an_object_of_lists_is_several_tables(tmp_path: Path) -> None:
    content = {"count": 2, "orders": [{"id": 1}, {"id": 2}], "people": [{"name": "Ann"}]}

    found = read_text(json.dumps(content), tmp_path, "shop.json")

    assert [each.staged.name for each in found.prepared.tables] == ["shop_orders", "shop_people"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('{"a": [1, 2], "b": ["x", "y"]}', [(1, "x"), (2, "y")]),
        ('{"TX": {"n": 1}, "OH": {"n": 2}}', [("TX", 1), ("OH", 2)]),
        ("[[1, 2], [3, 4]]", [(1, 2), (3, 4)]),
        ('{"a": 1, "A": 2}', [(1, 2)]),
        ('[{"n": NaN}, {"n": 2.5}]', [(None,), (2.5,)]),
        ('{"only": "one"}', [("one",)]),
    ],
)
def test_shapes_of_json(content: str, rows: list[tuple[object, ...]], tmp_path: Path) -> None:
    assert read_text(content, tmp_path, "t.json").rows() == rows


def test_json_tells_where_it_breaks(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="line 2, column 8"):
        read_text('[{"a": 1},\n {"a": }]', tmp_path, "t.json")


def test_deep_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="nested too deeply"):
        read_text("[" * 200_000, tmp_path, "t.json")


def test_yaml_records_are_a_table(tmp_path: Path) -> None:
    found = read_text("- name: Ann\n  born: 1950-01-02\n- name: Bob\n  born: 1960-03-04\n", tmp_path, "t.yaml")

    assert found.types() == {"name": "VARCHAR", "born": "DATE"}


def test_yaml_that_grows_is_refused(tmp_path: Path) -> None:
    laughs = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

    with pytest.raises(TooLarge, match="aliases"):
        read_text(laughs, tmp_path, "t.yaml")


@pytest.mark.parametrize("text", ["- [a\n", "a: &x [*x]\n", "!!python/object/apply:os.system [ls]\n", "- 2024-13-45\n"])
def test_yaml_that_is_wrong_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        read_text(text, tmp_path, "t.yaml")


def test_deep_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="nested"):
        read_text("[" * 100 + "]" * 100, tmp_path, "t.yaml")


def test_parquet_gets_types_the_lake_can_hold(tmp_path: Path) -> None:
    table = pa.table(
        {"Big": pa.array([1, 2], pa.uint64()), "When": ["7/9/24", "12/31/24"], "t": pa.array([1, 2], pa.time32("s"))}
    )
    pq.write_table(table, tmp_path / "t.parquet")

    found = read(tmp_path / "t.parquet", tmp_path / "work")

    assert found.types() == {"big": "DECIMAL(20,0)", "when_": "DATE", "t": "VARCHAR"}


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1 and then nothing PAR1", b"name,votes\n"])
def test_damaged_parquet_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="Parquet"):
        read_text(content, tmp_path, "t.parquet")


def test_a_workbook_gives_its_sheets_and_skips_title_rows(tmp_path: Path) -> None:
    found = read(CORPUS / "state_returns_2018_Montana.xlsx", tmp_path)

    assert len(found.prepared.tables) > 5
    assert found.prepared.tables[0].staged.rows == 57
    assert any("4 rows above the table" in note for note in found.prepared.notes)


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="workbook"):
        read_text(b"PK\x03\x04" + b"x" * 200, tmp_path, "t.xlsx")


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            out.writestr(name, content)
    return path


def test_an_archive_gives_what_is_in_it(tmp_path: Path) -> None:
    source = zipped(tmp_path / "t.zip", {"a/votes.csv": b"n,v\nx,1\n", "b.txt": b"Good evening.", "__MACOSX/._b": b"x"})

    prepared = read(source, tmp_path / "work").prepared

    assert [each.staged.name for each in prepared.tables] == ["votes"]
    assert [each.name for each in prepared.documents] == ["b"]


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:/evil.csv"])
def test_an_archive_may_not_leave_its_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnsafeArchive):
        read(zipped(tmp_path / "t.zip", {name: b"n,v\nx,1\n"}), tmp_path / "work")


def test_a_bomb_is_stopped_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_BYTES", 1 << 16)
    source = zipped(tmp_path / "t.zip", {"zeros.csv": b"0" * (8 << 20)})

    with pytest.raises(TooLarge):
        read(source, tmp_path / "work")

    assert sum(each.stat().st_size for each in tmp_path.rglob("*.csv")) < 4 << 20


def test_an_archive_within_an_archive_is_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {"a.csv": b"n\n1\n"}).read_bytes()

    with pytest.raises(UnknownFormat, match="archive inside"):
        read(zipped(tmp_path / "t.zip", {"inner.zip": inner}), tmp_path / "work")


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        read_text(gzip.compress(b"n,v\n" + b"x,1\n" * 9000)[:-20], tmp_path, "t.csv.gz")
    with pytest.raises(Damaged):
        read_text(b"\x28\xb5\x2f\xfd cut", tmp_path / "work", "t.csv.zst")


def pdf(path: Path, password: str = "") -> Path:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def test_a_pdf_without_text_or_with_a_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        read(pdf(tmp_path / "scan.pdf"), tmp_path / "one")
    with pytest.raises(Encrypted):
        read(pdf(tmp_path / "locked.pdf", "secret"), tmp_path / "two")
    with pytest.raises(Damaged):
        read_text(b"%PDF-1.7 and nothing", tmp_path, "t.pdf")


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"<?xml version='1.0'?><a/>", "t.xml", "XML"),
        (b"<!doctype html><html></html>", "t.txt", "HTML"),
        (b"HDR\x1cFEC\x1c8.3\n", "t.fec", "FEC"),
        (b"Obj\x01\x04", "t.avro", "Avro"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "t.csv", "PNG"),
        (bytes(range(32)) * 40, "t.csv", "binary"),
        (b"SQLite format 3\x00", "t.db", "SQLite"),
    ],
)
def test_what_we_do_not_read_is_named_and_says_what_we_read(
    content: bytes, name: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(UnknownFormat, match=says) as refused:
        read_text(content, tmp_path, name)

    assert "We read CSV" in refused.value.says


def test_empty_files_and_lone_headers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyFile):
        read_text(" \n\n", tmp_path)
    with pytest.raises(HeaderOnly, match="3 columns"):
        read_text("a,b,c\n", tmp_path, "h.csv")


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="2500 columns"):
        read_text("\n".join([",".join(["a"] * 2500), ",".join(["1"] * 2500)]), tmp_path)
