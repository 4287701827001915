"""Every file that breaks importers, and every real one, becomes the right table or a clear error."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from pipelines.errors import Damaged, EmptyFile, Encrypted, HeaderOnly, NoTable, NotOneTable, UnknownFormat
from pipelines.shapes import Prepared
from polidat.core import Invalid, PoliDatError
from tests.pipelines.reading import CORPUS, SHARED, read, rows_of

SHIPPED = sorted(path for path in CORPUS.iterdir() if path.name != "README.md")
# Beside the project's checkout there may be the whole collection; what is there is read as well. Speeches are alike:
# one will do.
COLLECTED = sorted(
    path
    for folder in ("political", "ecommerce", "messy")
    for path in (SHARED / folder).rglob("*")
    if path.is_file()
    and not (CORPUS / path.name).exists()
    and (path.parent.name != "state_of_the_state" or path.name < "B")
)
REFUSED = {
    "csvkit_empty.csv": EmptyFile,
    "duckdb_header_only.csv": HeaderOnly,
    "duckdb_json_malformed_array_comma_malformed.json": Damaged,
    "duckdb_json_whitespace_only.json": EmptyFile,
    "messytables_encrypted_no_password.xls": Encrypted,
    "messytables_simple.unknown": EmptyFile,
    "messytables_unicode_sheet_name.xls": NoTable,
    "messytables_utf8bom.csv": HeaderOnly,
    "parquet_corrupt_PARQUET-1481.parquet": Damaged,
    "polars_empty.xlsx": NoTable,
    "state_returns_2018_Delaware.txt": NotOneTable,
    "1550126.fec": UnknownFormat,
}


@pytest.mark.parametrize("path", [*SHIPPED, *COLLECTED], ids=lambda path: path.name)
def test_a_file_becomes_tables_and_texts_or_a_clear_error(path: Path, tmp_path: Path) -> None:
    try:
        prepared = read(path, tmp_path).prepared
    except PoliDatError as error:
        refused: PoliDatError = error
    else:
        assert path.name not in REFUSED
        _check(prepared)
        return

    assert isinstance(refused, Invalid)
    assert path.name in refused.says
    assert type(refused) is REFUSED.get(path.name, type(refused))


def _check(prepared: Prepared) -> None:
    for table in prepared.tables:
        rows = rows_of(table.staged)
        assert len(rows) == table.staged.rows > 0
        assert all(len(row) == len(table.staged.columns) for row in rows[:1])
    assert prepared.tables or prepared.documents
    json.dumps(prepared.report(), allow_nan=False)


# The published answer for the coordinates has another phone number than the file.
SPECTRUM = sorted(path for path in CORPUS.glob("spectrum_csvs_*") if "location_coordinates" not in path.name)


@pytest.mark.parametrize("path", SPECTRUM, ids=lambda path: path.name)
def test_a_file_of_the_spectrum_gives_its_published_answer(path: Path, tmp_path: Path) -> None:
    answer = json.loads(path.with_name(path.name.replace("csvs", "json")).with_suffix(".json").read_text())

    found = read(path, tmp_path)

    names = [each.source_name for each in found.prepared.tables[0].staged.columns]
    got = [
        {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}
        for row in found.rows()
    ]
    # Their csv holds the line ends of the checkout, their answer the ones of the author.
    assert got == json.loads(json.dumps(answer).replace("\\r\\n", "\\n"))


def _csv_rows(path: Path, **dialect: Any) -> int:
    encoding = dialect.pop("encoding", "utf-8-sig")
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with io.StringIO(raw.decode(encoding, "replace"), newline="") as lines:
        return sum(1 for row in csv.reader(lines, **dialect) if row) - 1


def _zipped_lines(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return len(archive.read(archive.namelist()[0]).splitlines())


COUNTS: dict[str, Callable[[Path], int]] = {
    "political/raw_polls_2023.csv": _csv_rows,
    "political/presidential_averages_2024.csv": _csv_rows,
    "political/polls_2024.csv": _csv_rows,
    "political/congress_terms.csv": _csv_rows,
    "political/county_results_2020.csv": _csv_rows,
    "political/un_votes/un_roll_calls.csv.gz": _csv_rows,
    "political/un_votes/un_votes.parquet": lambda path: pq.read_metadata(path).num_rows,
    "political/fec/candidate_master_2020.txt": lambda path: len(path.read_bytes().splitlines()),
    "political/fec/committee_master_2020.zip": _zipped_lines,
    "political/fec/pac_summary_2020.zip": _zipped_lines,
    "political/debate_transcripts/20161010_2pres.tsv": lambda path: len(path.read_text().splitlines()),
    "political/poll_of_pollsters_7.tsv": lambda path: _csv_rows(path, encoding="latin-1", delimiter="\t"),
    "political/legislators_social_media.yaml": lambda path: len(yaml.load(path.read_text(), yaml.CSafeLoader)),
    "political/biographical_footnotes.json": lambda path: len(json.loads(path.read_text())),
    "ecommerce/olist_products.csv": _csv_rows,
    "ecommerce/olist_sample/order_reviews.csv.gz": _csv_rows,
    "ecommerce/amazon_gift_card_reviews.ndjson": lambda path: len(path.read_text().splitlines()),
    "ecommerce/bestbuy_stores.json.gz": lambda path: len(json.loads(gzip.decompress(path.read_bytes()))),
    "ecommerce/amazon_reviews_4915.csv": lambda path: _csv_rows(path, encoding="cp1252"),
    "ecommerce/online_retail.parquet": lambda path: pq.read_metadata(path).num_rows,
    "messy/ks_1033_data.csv": _csv_rows,
    "messy/messytables_utf-16le_encoded.csv": lambda path: _csv_rows(path, encoding="utf-16"),
    "messy/state_returns_2018_Pennsylvania.CSV": _csv_rows,
    "messy/state_returns_2018_California.csv": _csv_rows,
}
HERE = {
    "csvkit_testfixed_converted.csv": _csv_rows,
    "FY09_EDU_Recipients_by_State.csv": _csv_rows,
    "clevercsv_airedale.csv": _csv_rows,
    "duckdb_encodings_latin1.csv.gz": lambda path: _csv_rows(path, encoding="latin-1"),
    "clevercsv_imdb.csv": lambda path: _csv_rows(path, escapechar="\\"),
    "messytables_spanish_chars.csv": lambda path: _csv_rows(path, encoding="latin-1"),
    "messytables_utf-16le_encoded.csv": lambda path: _csv_rows(path, encoding="utf-16"),
    "messytables_example.tsv": lambda path: _csv_rows(path, delimiter="\t"),
    "state_returns_2018_Arizona.csv": _csv_rows,
    "duckdb_json_with_list.json": lambda path: len(path.read_text().splitlines()),
    "polars_nested_maps.snappy.parquet": lambda path: pq.read_metadata(path).num_rows,
}
COUNTED = [
    *((CORPUS / name, count) for name, count in HERE.items()),
    *((SHARED / name, count) for name, count in COUNTS.items() if (SHARED / name).exists()),
]


@pytest.mark.parametrize(("path", "count"), COUNTED, ids=lambda value: getattr(value, "name", ""))
def test_another_reader_counts_the_same_rows(path: Path, count: Callable[[Path], int], tmp_path: Path) -> None:
    prepared = read(path, tmp_path).prepared

    assert prepared.tables[0].staged.rows + prepared.rejected_rows == count(path)


def test_the_folder_of_speeches_is_one_table_and_many_documents(tmp_path: Path) -> None:
    folder = tmp_path / "speeches"
    folder.mkdir()
    (folder / "index.csv").write_text("state,file\nTexas,texas.txt\nOhio,ohio.txt\n")
    (folder / "texas.txt").write_text("Thank you. We meet again in Austin.\n")
    (folder / "ohio.txt").write_text("Good evening, Ohio.\n")

    prepared = read(folder, tmp_path / "work").prepared

    assert [each.staged.name for each in prepared.tables] == ["index"]
    assert [each.name for each in prepared.documents] == ["ohio", "texas"]
    assert prepared.chunks is not None
    assert prepared.chunks.rows == 2
