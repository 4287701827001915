"""Documents into passages one can cite.

Each is `text[start:end]` of its document, within one page, on sentence borders.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import Damaged
from pipelines.shapes import Document, Embed
from polidat.jobs import Progress
from polidat.lake import Column, StagedTable

# The embedder reads 256 word pieces and no more. English takes about 1.25 word pieces a word of plain text; counting a
# punctuation mark as one and a long word as one per six letters keeps us on the safe side without a tokenizer.
PIECES_MAX = 220
OVERLAP_PIECES = 40
VECTOR_SIZE = 384
EMBED_AT_ONCE = 64
WORD_LETTERS_A_PIECE = 6

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")
# A sentence ends at . ! ? (with closing quotes), at a paragraph, or where a transcript changes speaker; not after Mr.
# or U.S.
_BORDER = re.compile(
    r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-Þ])|\n\s*\n\s*|\n(?=[A-Z][A-Z .'’-]{1,40}:)"
    r"|(?<=[a-z0-9][.!?])(?=[A-Z][a-z])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gov|Sen|Rep|Gen|Lt|Col|St|Jr|Sr|No|vs|etc|Inc|Co|Rev|Hon)|\b[A-Z])\.$"
)
CHUNK_COLUMNS = (
    Column("document", "document", "VARCHAR"),
    Column("chunk", "chunk", "BIGINT"),
    Column("page", "page", "BIGINT"),
    Column("start_char", "start_char", "BIGINT"),
    Column("end_char", "end_char", "BIGINT"),
    Column("text", "text", "VARCHAR"),
)
_SCHEMA = pa.schema([(each.name, pa.string() if each.type == "VARCHAR" else pa.int64()) for each in CHUNK_COLUMNS])
_VECTOR_SCHEMA = pa.schema(
    [("document", pa.string()), ("chunk", pa.int64()), ("vector", pa.list_(pa.float32(), VECTOR_SIZE))]
)


@dataclass(frozen=True)
class Chunk:
    """A passage: `text[start:end]` of its document; `page` counts from 1."""

    page: int
    start: int
    end: int


def pieces_of(text: str) -> int:
    """Estimate how many word pieces an embedder makes of the text, rather too many than too few."""
    return sum(1 + (len(token) - 1) // WORD_LETTERS_A_PIECE for token in _TOKEN.findall(text))


def split_text(text: str, pages: Sequence[int]) -> Iterator[Chunk]:
    """Yield the passages of a text in order; `pages` are the ends of its pages.

    Neighbours on a page overlap by sentences.
    """
    begin = 0
    for number, end in enumerate(pages or (len(text),), start=1):
        for start, stop in _passages(list(_sentences(text, begin, end)), text):
            yield Chunk(number, start, stop)
        begin = end


def _sentences(text: str, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, pieces) of each sentence; one that is too long for a passage comes in parts."""
    start = begin
    for match in _BORDER.finditer(text, begin, end):
        if "\n" not in match.group() and _ABBREVIATION.search(text, max(start, match.start() - 8), match.start()):
            continue
        yield from _parts(text, start, match.start() + len(match.group().rstrip()))
        start = match.end()
    yield from _parts(text, start, end)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return
    count, begin, last = 0, start, start
    for token in _TOKEN.finditer(text, start, end):
        more = 1 + (token.end() - token.start() - 1) // WORD_LETTERS_A_PIECE
        if count and count + more > PIECES_MAX:
            yield begin, last, count
            count, begin = 0, token.start()
        if more > PIECES_MAX:  # a "word" of thousands of letters is cut, it cannot be read as one anyway
            step = PIECES_MAX * WORD_LETTERS_A_PIECE
            for cut in range(token.start(), token.end(), step):
                yield cut, min(cut + step, token.end()), PIECES_MAX
            count, begin = 0, token.end()
        else:
            count += more
        last = token.end()
    if count or begin == start:
        yield begin, end, max(count, 1)


def _passages(sentences: Sequence[tuple[int, int, int]], text: str) -> Iterator[tuple[int, int]]:
    first, count = 0, 0
    for index, (_, _, pieces) in enumerate(sentences):
        if count and count + pieces > PIECES_MAX:
            yield sentences[first][0], sentences[index - 1][1]
            first, count = _overlap(sentences, index, pieces)
        count += pieces
    if sentences:
        yield sentences[first][0], sentences[-1][1]


def _overlap(sentences: Sequence[tuple[int, int, int]], index: int, pieces: int) -> tuple[int, int]:
    """Return where the next passage begins: some sentences back, as far as they fit into the overlap."""
    first, count = index, 0
    while first > 0 and count + sentences[first - 1][2] <= min(OVERLAP_PIECES, PIECES_MAX - pieces):
        first -= 1
        count += sentences[first][2]
    return first, count


def stage_chunks(
    documents: Iterable[Document], workdir: Path, progress: Progress, embed: Embed | None = None
) -> tuple[StagedTable, StagedTable | None]:
    """Write the passages of all documents.

    And their vectors if `embed` is given (unit length is the embedder's affair).
    """
    chunk_file, vector_file = workdir / "chunks.parquet", workdir / "_chunk_vectors.parquet"
    rows = 0
    vectors = pq.ParquetWriter(vector_file, _VECTOR_SCHEMA) if embed else None
    try:
        with pq.ParquetWriter(chunk_file, _SCHEMA) as out:
            for document in documents:
                found = list(split_text(document.text, document.pages))
                out.write_table(_chunk_table(document, found))
                rows += len(found)
                progress("Splitting texts", rows, None, document.title)
                if embed and vectors:
                    _write_vectors(document, found, embed, vectors, progress)
    finally:
        if vectors:
            vectors.close()
    staged = StagedTable("chunks", (chunk_file,), rows, CHUNK_COLUMNS)
    columns = (*CHUNK_COLUMNS[:2], Column("vector", "vector", f"FLOAT[{VECTOR_SIZE}]"))
    return staged, StagedTable("_chunk_vectors", (vector_file,), rows, columns, hidden=True) if embed else None


def _chunk_table(document: Document, found: Sequence[Chunk]) -> pa.Table:
    return pa.table(
        {
            "document": [document.name] * len(found),
            "chunk": list(range(1, len(found) + 1)),
            "page": [each.page for each in found],
            "start_char": [each.start for each in found],
            "end_char": [each.end for each in found],
            "text": [document.text[each.start : each.end] for each in found],
        },
        schema=_SCHEMA,
    )


def _write_vectors(
    document: Document, found: Sequence[Chunk], embed: Embed, out: pq.ParquetWriter, progress: Progress
) -> None:
    for begin in range(0, len(found), EMBED_AT_ONCE):
        part = found[begin : begin + EMBED_AT_ONCE]
        vectors = np.asarray(embed([document.text[each.start : each.end] for each in part]), dtype=np.float32)
        if vectors.shape != (len(part), VECTOR_SIZE):
            raise Damaged(document.title, "vectors", f"the embedder gave {vectors.shape}")
        flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), VECTOR_SIZE)
        numbers = list(range(begin + 1, begin + 1 + len(part)))
        out.write_table(
            pa.table([pa.array([document.name] * len(part)), pa.array(numbers), flat], schema=_VECTOR_SCHEMA)
        )
        progress("Embedding texts", begin + len(part), len(found), document.title)
