"""What a file is, by its first bytes before its name, and which reader takes it."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines.errors import EmptyFile, UnknownFormat
from pipelines.names import table_name
from pipelines.readers.archive import unpack_gzip, unpack_zip, unpack_zstd
from pipelines.readers.delimited import lay_out, read_layout, sniff
from pipelines.readers.encoding import decode_file, refuse_binary
from pipelines.readers.json_text import read_json, read_ndjson
from pipelines.readers.parquet import read_parquet
from pipelines.readers.pdf import read_pdf
from pipelines.readers.text import looks_like_table, read_text
from pipelines.readers.workbook import read_workbook
from pipelines.readers.yaml_text import read_yaml
from pipelines.shapes import Found
from polidat.jobs import Progress

_HEAD_BYTES = 4096
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_PACKED = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst"}
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".ssv")
_NOT_READ = (
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"\xfd7zXZ", "an XZ archive"),
    (b"Rar!", "a RAR archive"),
    (b"ARROW1", "an Arrow file"),
    (b"\x89HDF", "an HDF5 file"),
)
_MARKUP = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(\?xml|!doctype\s+html|html|!--|[A-Za-z][\w:-]*(\s[^<>]*)?>)", re.IGNORECASE
)
_FEC = re.compile(rb"(?:\"?HDR\"?[\x1c,]\"?FEC|/\* ?Header)", re.IGNORECASE)


@dataclass(frozen=True)
class SourceFile:
    """One file of an upload: where it is, and what the person called it."""

    path: Path
    file: str


def files_of(source: Path, file_name: str, workdir: Path, progress: Progress) -> Iterator[SourceFile]:
    """Yield the files of an upload: the file, those below a folder, those in its archives (one level deep)."""
    if source.is_dir():
        for path in sorted(each for each in source.rglob("*") if each.is_file() and not each.name.startswith(".")):
            yield from _unpacked(SourceFile(path, str(PurePosixPath(path.relative_to(source)))), workdir, progress)
    else:
        yield from _unpacked(SourceFile(source, file_name), workdir, progress)


def _unpacked(each: SourceFile, workdir: Path, progress: Progress) -> Iterator[SourceFile]:
    with each.path.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
    packing = next((name for mark, name in _PACKED.items() if head.startswith(mark)), "")
    is_zip = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    if not packing and not (is_zip and not _is_office(each.path, head)):
        yield each
        return
    target = workdir / f"unpacked_{len(list(workdir.glob('unpacked_*')))}"
    target.mkdir()
    if packing:
        unpack = unpack_gzip if packing == "gz" else unpack_zstd
        members = [unpack(each.path, each.file, target, progress)]
    else:
        members = unpack_zip(each.path, each.file, target, progress)
        if not members:
            raise EmptyFile(each.file)
    for path, name in members:
        yield SourceFile(path, name)


def _is_office(path: Path, head: bytes) -> bool:
    if b"mimetypeapplication/vnd.oasis" in head or path.suffix.lower() in _WORKBOOKS:
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    return "[Content_Types].xml" in names or "content.xml" in names


def read_file(each: SourceFile, workdir: Path, progress: Progress) -> list[Found]:
    """Return the tables or the document in one file. Raises the leaves of `pipelines.errors`."""
    file, path = each.file, each.path
    with path.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
    if not head:
        raise EmptyFile(file)
    suffix = Path(file).suffix.lower()
    name = table_name(Path(file).stem)
    for mark, what in _NOT_READ:
        if head.startswith(mark) and (len(mark) > 3 or suffix not in (*_TABLE_SUFFIXES, ".txt", ".md")):
            raise UnknownFormat(file, what)
    if any(head.startswith(mark) for mark in _PACKED):
        raise UnknownFormat(file, "an archive inside of an archive")
    if head.startswith(b"%PDF") or suffix == ".pdf":
        return [read_pdf(path, file, name, progress)]
    if head.startswith((b"PAR1", b"PARE")) or suffix == ".parquet":
        return [read_parquet(path, file, name)]
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not _is_office(path, head):
        raise UnknownFormat(file, "an archive inside of an archive")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or suffix in _WORKBOOKS:
        return list(read_workbook(path, file, name, workdir, progress))
    refuse_binary(file, head)
    return _read_text_format(each, head, suffix, name, workdir, progress)


def _read_text_format(
    each: SourceFile, head: bytes, suffix: str, name: str, workdir: Path, progress: Progress
) -> list[Found]:
    file, path = each.file, each.path
    if suffix in (".xml", ".html", ".htm", ".xhtml") or (_MARKUP.match(head) and suffix not in _TABLE_SUFFIXES):
        raise UnknownFormat(file, "an HTML page" if b"<html" in head.lower() else "XML")
    if suffix == ".fec" or _FEC.match(head):
        raise UnknownFormat(file, "an electronic filing with the FEC, many kinds of records in one file")
    if suffix in (".ndjson", ".jsonl"):
        return [read_ndjson(path, file, name, workdir, progress)]
    if suffix in (".json", ".geojson") or (suffix == "" and head.lstrip()[:1] in (b"{", b"[")):
        return list(read_json(path, file, name, workdir, progress))
    if suffix in (".yaml", ".yml"):
        return list(read_yaml(path, file, name, workdir, progress))
    decoded = decode_file(path, file, workdir, progress)
    if suffix in (".md", ".markdown", ".rst"):
        return [read_text(decoded, file, name)]
    sample, verdict = sniff(decoded, file)
    if suffix not in _TABLE_SUFFIXES and not looks_like_table(verdict):
        return [read_text(decoded, file, name)]
    layout = lay_out(decoded, file, name, verdict)
    return [read_layout(layout, workdir, progress, at_end=len(sample) >= decoded.size_bytes)]
