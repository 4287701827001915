"""The passages that fit a question, by words and by meaning, and their sentences as quotations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from polidat.assistant.answer import Citation
from polidat.assistant.embed import embed
from polidat.assistant.words import FILLERS
from polidat.lake import ReadableTable

CHUNKS, VECTORS = "chunks", "_chunk_vectors"
_WEIGHT_OF_MEANING = 0.5  # of the convex combination, after min-max normalisation; see docs/decisions
_SIMILAR_MIN = 0.33  # below it, the best passage of speeches and debates was off the topic
_QUOTES_MAX = 3
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*[\"”’']?")


@dataclass(frozen=True)
class Passage:
    """One chunk with its score; `similar` is the cosine of meaning."""

    document: str
    page: int | None
    start_char: int
    text: str
    score: float
    similar: float


def find_passages(question: str, tables: Sequence[ReadableTable], *, limit: int = 5) -> list[Passage]:
    """Return the passages that fit best, best first; none when no passage is about the question."""
    chunks = next((each for each in tables if each.name == CHUNKS), None)
    vectors = next((each for each in tables if each.name == VECTORS), None)
    if chunks is None or chunks.rows == 0:
        return []
    rows = _read(chunks, ["document", "chunk", "page", "start_char", "text"])
    similar = _similarities(question, rows, vectors)
    words, by_words = _by_words(question, rows["text"])
    scores = _WEIGHT_OF_MEANING * _normal(similar) + (1 - _WEIGHT_OF_MEANING) * _normal(by_words)
    best = [int(each) for each in np.argsort(-scores, kind="stable")[:limit]]
    return [
        Passage(
            rows["document"][each],
            rows["page"][each],
            rows["start_char"][each],
            rows["text"][each],
            float(scores[each]),
            float(similar[each]),
        )
        for each in best
        if similar[each] >= _SIMILAR_MIN or _has_all(words, rows["text"][each])
    ]


def quote_from(question: str, passages: Sequence[Passage]) -> list[Citation]:
    """Return the sentences that fit the question best, word for word, at most one of each passage."""
    found: list[Citation] = []
    for passage in passages[:_QUOTES_MAX]:
        spans = [each.span() for each in _SENTENCE.finditer(passage.text) if len(each[0].split()) >= 4]
        spans = spans or [(0, len(passage.text))]
        vectors = embed([question, *(passage.text[start:end].strip() for start, end in spans)])
        start, end = spans[int(np.argmax(vectors[1:] @ vectors[0]))]
        lead = len(passage.text[start:end]) - len(passage.text[start:end].lstrip())
        quote = passage.text[start:end].strip()
        begin = passage.start_char + start + lead
        found.append(Citation(passage.document, quote, passage.page, begin, begin + len(quote), passage.score))
    return found


def _similarities(question: str, rows: dict[str, list[Any]], vectors: ReadableTable | None) -> NDArray[np.float32]:
    asked = embed([question])[0]
    if vectors is None:
        return embed(rows["text"]) @ asked
    kept = _read(vectors, ["document", "chunk", "vector"])
    places = {key: place for place, key in enumerate(zip(kept["document"], kept["chunk"], strict=True))}
    order = [places[key] for key in zip(rows["document"], rows["chunk"], strict=True)]
    return np.asarray(kept["vector"], dtype=np.float32)[order] @ asked


def _has_all(words: Sequence[str], text: str) -> bool:
    """A passage of many topics is far from a short question in meaning, and may still hold each of its words."""
    held = set(re.findall(r"\w+", text.lower()))
    return bool(words) and set(words) <= held


def _by_words(question: str, texts: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
    import bm25s  # pulls in a compiler's worth of modules

    library: Any = bm25s  # it ships no types
    index = library.BM25()
    index.index(library.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)
    asked = library.tokenize([question], stopwords="en", return_ids=False, show_progress=False)[0]
    known = [each for each in asked if each in index.vocab_dict]
    scores = index.get_scores(known) if known else np.zeros(len(texts))
    return [each for each in asked if each not in FILLERS], np.asarray(scores, dtype=np.float32)


def _normal(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def _read(table: ReadableTable, columns: list[str]) -> dict[str, list[Any]]:
    import pyarrow.parquet

    parquet: Any = pyarrow.parquet  # it ships no types
    return parquet.read_table(list(table.files), columns=columns).to_pydict()
