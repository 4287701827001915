"""Passages one can cite."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.chunk import PIECES_MAX, pieces_of, split_text
from tests.pipelines.reading import CORPUS, SHARED, read_text, rows_of

WORDS = st.lists(
    st.sampled_from(
        ["Mr. ", "Hello. ", "a ", "we shall\n", "\n\n", "KELLY: ", "é", "x" * 40, "1,234 ", "U.S. ", "«Non!» "]
    )
)


@given(WORDS, st.integers(0, 3))
def test_passages_hold_every_word_within_their_page_and_limit(words: list[str], cuts: int) -> None:
    text = "".join(words * 9)
    pages = sorted({len(text) * (cut + 1) // (cuts + 1) for cut in range(cuts + 1)})

    chunks = list(split_text(text, pages))

    covered = [False] * len(text)
    for each in chunks:
        begin = pages[each.page - 2] if each.page > 1 else 0
        assert begin <= each.start < each.end <= pages[each.page - 1]
        assert pieces_of(text[each.start : each.end]) <= PIECES_MAX + 1
        covered[each.start : each.end] = [True] * (each.end - each.start)
    assert all(done or letter.isspace() for done, letter in zip(covered, text, strict=True))


def test_neighbours_overlap_by_whole_sentences() -> None:
    text = " ".join(f"Sentence number {number} says a little about nothing." for number in range(200))

    chunks = list(split_text(text, ()))

    assert len(chunks) > 5
    for earlier, later in pairwise(chunks):
        assert earlier.start < later.start < earlier.end
        assert text[later.start :].startswith("Sentence")
        assert text[: earlier.end].endswith(".")


def test_a_text_without_line_breaks_or_stops_is_cut_between_words() -> None:
    text = "word " * 5000

    assert all(text[each.start : each.end].split() for each in split_text(text, ()))
    assert not any(text[each.start : each.end].startswith("ord") for each in split_text(text, ()))


def test_a_change_of_speaker_begins_a_sentence() -> None:
    text = "\n".join(f"{name}: {'so we said ' * 60}" for name in ("KELLY", "BUSH", "TRUMP"))

    starts = {text[each.start :].split(":")[0] for each in split_text(text, ())}

    assert {"KELLY", "BUSH", "TRUMP"} <= starts


def test_start_and_end_cite_the_document(tmp_path: Path) -> None:
    text = "Crème brûlée costs 5 €. " * 300

    found = read_text(text, tmp_path, "menu.md")

    assert found.prepared.chunks is not None
    for document, _, page, start, end, passage in rows_of(found.prepared.chunks):
        assert (document, page) == ("menu", 1)
        assert text[start:end] == passage


@pytest.mark.parametrize("name", ["political/gop_debates_2015.txt", "political/party_platforms/2016_republican.txt"])
def test_long_real_texts_are_split_evenly(name: str) -> None:
    path = SHARED / name
    text = path.read_text() if path.exists() else "KELLY: It is nine p.m. on the East Coast. " * 2000

    sizes = [pieces_of(text[each.start : each.end]) for each in split_text(text, ())]

    assert max(sizes) <= PIECES_MAX
    assert sum(sizes) / len(sizes) > PIECES_MAX * 0.7


def test_the_corpus_is_there() -> None:
    assert len(list(CORPUS.iterdir())) > 60
