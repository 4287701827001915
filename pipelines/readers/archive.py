"""Archives: one level of .zip, .gz or .zst, unpacked into the work folder under limits."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from pipelines.errors import Damaged, Encrypted, TooLarge, UnsafeArchive
from polidat.jobs import Progress

UNPACKED_BYTES_MAX = 20 << 30
# Text shrinks to a tenth, repetitive tables to a fiftieth; beyond this ratio only bombs are found.
RATIO_MAX = 200
FREE_BYTES = 64 << 20
MEMBERS_MAX = 2_000
CHUNK_BYTES = 1 << 20
_JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


def unpack_zip(source: Path, file: str, target: Path, progress: Progress) -> list[tuple[Path, str]]:
    """Unpack the plain files of a zip archive; return (path, name inside).

    Raises UnsafeArchive, TooLarge, Encrypted, Damaged.
    """
    budget = _Budget(file, source.stat().st_size)
    unpacked: list[tuple[Path, str]] = []
    try:
        with zipfile.ZipFile(source) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) > MEMBERS_MAX:
                raise TooLarge(file, f"{len(members)} files in it", str(MEMBERS_MAX))
            for number, member in enumerate(members):
                name = _safe(member, file)
                if any(part in _JUNK or part.startswith("._") for part in PurePosixPath(name).parts):
                    continue
                path = target / f"{number}{PurePosixPath(name).suffix[:10]}"
                with archive.open(member) as packed:
                    _copy(packed, path, budget, progress)
                unpacked.append((path, name))
    except RuntimeError as error:  # how zipfile says that it wants a password
        raise Encrypted(file) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Damaged(file, "ZIP", str(error)) from error
    return unpacked


def unpack_gzip(source: Path, file: str, target: Path, progress: Progress) -> tuple[Path, str]:
    """Unpack a .gz file; return (path, name inside). Raises TooLarge or Damaged."""
    try:
        with gzip.open(source) as packed:
            return _only(packed, source, file, target, progress)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Damaged(file, "GZIP", str(error)) from error


def unpack_zstd(source: Path, file: str, target: Path, progress: Progress) -> tuple[Path, str]:
    """Unpack a .zst file; return (path, name inside). Raises TooLarge or Damaged."""
    try:
        with closing(pa.CompressedInputStream(pa.OSFile(str(source)), "zstd")) as packed:
            return _only(packed, source, file, target, progress)
    except (OSError, pa.ArrowException) as error:
        raise Damaged(file, "Zstandard", str(error)) from error


def _only(packed: Any, source: Path, file: str, target: Path, progress: Progress) -> tuple[Path, str]:
    name = Path(file).stem
    path = target / f"0{Path(name).suffix[:10]}"
    _copy(packed, path, _Budget(file, source.stat().st_size), progress)
    return path, name


class _Budget:
    """How many bytes may still come out of one archive."""

    def __init__(self, file: str, packed_bytes: int) -> None:
        self._file = file
        self.limit = min(UNPACKED_BYTES_MAX, max(packed_bytes * RATIO_MAX, FREE_BYTES))
        self.used = 0

    def spend(self, size: int) -> None:
        """Raise TooLarge when the archive grows past what an honest one would."""
        self.used += size
        if self.used > self.limit:
            raise TooLarge(self._file, "far more in it than its size lets expect", f"{self.limit >> 20} MB unpacked")


def _safe(member: zipfile.ZipInfo, file: str) -> str:
    name = member.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
    if name.startswith("/") or ".." in parts or is_link or (parts and ":" in parts[0]):
        raise UnsafeArchive(file, member.filename[:100])
    return name


def _copy(packed: IO[bytes], path: Path, budget: _Budget, progress: Progress) -> None:
    with path.open("wb") as out:
        for chunk in _chunks(packed):
            budget.spend(len(chunk))
            out.write(chunk)
            progress("Unpacking", budget.used)


def _chunks(packed: IO[bytes]) -> Iterator[bytes]:
    while chunk := packed.read(CHUNK_BYTES):
        yield chunk
