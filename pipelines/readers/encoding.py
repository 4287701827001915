"""What the bytes of a text file mean, and the same text as UTF-8."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from charset_normalizer import from_bytes

from pipelines.errors import UnknownFormat
from polidat.jobs import Progress

CHUNK_BYTES = 1 << 22
SAMPLE_BYTES = 1 << 18
# A file is UTF-8 with slips of another program in it, not another encoding, if this share of its non-ASCII is sound.
SOUND_SHARE_MIN = 0.9
SOUND_BLOCK = 100  # what a wholly sound block counts, whose characters nobody counted
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# A guess for one of these is taken: their bytes follow rules. Among western code pages a guess is a toss of a coin.
_TELLING = ("shift_jis", "cp932", "euc_jp", "euc_kr", "cp949", "big5", "gb18030", "gb2312", "gbk", "iso2022_jp")
_ALPHABETS = ("cp1251", "koi8_r", "koi8_u", "cp1253", "iso8859_7", "cp1255", "cp1256", "iso8859_5")
WESTERN = "cp1252"


@dataclass(frozen=True)
class Decoded:
    """A text file as UTF-8 without byte order mark: the file itself, or a copy in the work folder."""

    path: Path
    encoding: str
    size_bytes: int
    lines: int
    has_nulls: bool = False
    notes: tuple[str, ...] = ()


def _mend(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are not UTF-8 as Windows-1252, the usual stranger in a UTF-8 file."""
    assert isinstance(error, UnicodeDecodeError)
    broken = error.object[error.start : error.end]
    return broken.decode(WESTERN, "replace").replace("�", "�"), error.end


codecs.register_error("polidat_mend", _mend)


def decode_file(source: Path, file: str, workdir: Path, progress: Progress) -> Decoded:
    """Return the text of `source` as a UTF-8 file.

    The whole file is read; what it is called is only its last verdict.
    """
    size = source.stat().st_size
    with source.open("rb") as lines:
        head = lines.read(SAMPLE_BYTES)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return _transcode(source, file, workdir, encoding, len(mark), progress)
    wide = _without_mark(head)
    if wide:
        return _transcode(source, file, workdir, wide, 0, progress)
    sound, broken, census = _judge_utf8(source, file, size, progress)
    if not broken:
        return Decoded(source, "utf-8", size, census.lines, census.has_nulls)
    if sound / (sound + broken) >= SOUND_SHARE_MIN:
        decoded = _transcode(source, file, workdir, "utf-8", 0, progress, "polidat_mend")
        note = f"{file}: {broken} places are not UTF-8 and were read as Windows-1252."
        return replace(decoded, notes=(note,))
    return _transcode(source, file, workdir, _guess(source, head), 0, progress, guessed=True)


def text_of(decoded: Decoded) -> str:
    """Return the whole text. For documents, whose size the caller has limited."""
    return decoded.path.read_text(encoding="utf-8", errors="replace")


def _chunks(source: Path, file: str, size: int, progress: Progress) -> Iterator[bytes]:
    done = 0
    with source.open("rb") as raw:
        while chunk := raw.read(CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            progress(f"Reading {file}", done, size)


def _without_mark(head: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 without a mark by where the zero bytes of plain letters stand."""
    if len(head) < 8 or b"\x00" not in head:
        return None
    head = head[: len(head) // 4 * 4]
    zeros = [head[offset::4].count(0) / (len(head) // 4) for offset in range(4)]
    patterns = {
        "utf-32-le": (0, 1, 1, 1),
        "utf-32-be": (1, 1, 1, 0),
        "utf-16-le": (0, 1, 0, 1),
        "utf-16-be": (1, 0, 1, 0),
    }
    for encoding, pattern in patterns.items():
        if all(
            (share > 0.6) == bool(zero) and (zero or share < 0.2) for share, zero in zip(zeros, pattern, strict=True)
        ):
            return encoding
    return None


def _judge_utf8(source: Path, file: str, size: int, progress: Progress) -> tuple[int, int, "_Census"]:
    """Count the further bytes of sound multi-byte characters, and the broken places, over the whole file."""
    sound = broken = 0
    rest = b""
    census = _Census()
    for chunk in _chunks(source, file, size, progress):
        census.add(chunk)
        if not rest and chunk.isascii():
            continue
        block = rest + chunk
        whole = _whole_characters(block)
        if _is_utf8(block[:whole]):
            sound += SOUND_BLOCK
            rest = block[whole:]
            continue
        rest = b""
        while block:
            try:
                text = block.decode("utf-8")
            except UnicodeDecodeError as error:
                sound += error.start - len(block[: error.start].decode("utf-8"))
                if error.reason == "unexpected end of data" and error.end == len(block):
                    rest = block[error.start :]
                    break
                broken += 1
                block = block[error.end :]
                if broken > 10_000 and broken > sound:
                    return sound, broken, census
            else:
                sound += len(block) - len(text)
                break
    return sound, broken + bool(rest), census


def _whole_characters(block: bytes) -> int:
    """Return where the last character that may be cut in two begins."""
    for back in range(1, min(4, len(block)) + 1):
        byte = block[-back]
        if byte < 0x80:
            return len(block)
        if byte >= 0xC0:
            return len(block) - back
    return len(block)


def _is_utf8(block: bytes) -> bool:
    """Say whether the bytes are sound UTF-8, by Arrow's vectorised check: five times the speed of decoding them."""
    offsets = pa.py_buffer(len(block).to_bytes(8, "little").rjust(16, b"\x00"))
    text = pa.LargeStringArray.from_buffers(1, offsets, pa.py_buffer(block))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


class _Census:
    """Counts what a later reader wants to know, while the bytes are at hand."""

    def __init__(self) -> None:
        self._feeds = 0
        self._last = b"\n"
        self.has_nulls = False

    def add(self, chunk: bytes) -> None:
        """Take one more piece of the file into account."""
        self._feeds += int(
            np.count_nonzero(np.frombuffer(chunk, np.uint8) == 10)
        )  # three times faster than bytes.count
        self._last = chunk[-1:] or self._last
        self.has_nulls = self.has_nulls or b"\x00" in chunk

    @property
    def lines(self) -> int:
        """Lines of the file, the last one with or without an end."""
        return self._feeds + (self._last != b"\n")


def _guess(source: Path, head: bytes) -> str:
    sample = head[:SAMPLE_BYTES]
    best = from_bytes(sample, steps=5, chunk_size=2048).best()
    if (
        best is not None
        and best.encoding in _TELLING
        and _is_east_asian(sample, best.encoding)
        and _decodes(source, best.encoding)
    ):
        return best.encoding
    if best is not None and best.encoding in _ALPHABETS and best.coherence > 0.2 and _decodes(source, best.encoding):
        return best.encoding
    return WESTERN if _decodes(source, WESTERN) else "latin-1"


def _is_east_asian(sample: bytes, encoding: str) -> bool:
    """True if the text is written in East Asian letters, not a few accents that happen to form some."""
    wide = [each for each in sample.decode(encoding, "ignore") if each > "\x7f"]
    return len(wide) >= 4 and sum(1 for each in wide if "\u2e80" <= each <= "\uffef") >= len(wide) * 0.9


def _decodes(source: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with source.open("rb") as raw:
            while chunk := raw.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _transcode(
    source: Path,
    file: str,
    workdir: Path,
    encoding: str,
    skip: int,
    progress: Progress,
    errors: str = "replace",
    *,
    guessed: bool = False,
) -> Decoded:
    target = workdir / "utf8.txt"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    first = True
    census = _Census()
    with target.open("wb") as out:
        for chunk in _chunks(source, file, source.stat().st_size, progress):
            text = decoder.decode(chunk[skip:] if first else chunk).encode("utf-8", "replace")
            census.add(text)
            out.write(text)
            first = False
        text = decoder.decode(b"", final=True).encode("utf-8", "replace")
        census.add(text)
        out.write(text)
    notes = (f"{file}: the encoding is not declared; it was read as {encoding}.",) if guessed else ()
    return Decoded(target, encoding, target.stat().st_size, census.lines, census.has_nulls, notes)


def refuse_binary(file: str, head: bytes) -> None:
    """Raise UnknownFormat for bytes that are no text in any encoding we know."""
    if any(head.startswith(mark) for mark, _ in _BOMS) or _without_mark(head):
        return
    control = sum(head.count(byte) for byte in range(32) if byte not in (0, 9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31))
    if control > len(head) * 0.02 or head.count(0) > len(head) * 0.1:
        raise UnknownFormat(file, "a binary file")
