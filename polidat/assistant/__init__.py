"""Answers with their sources: from tables by honest text-to-SQL, from passages by quotation, or not at all."""

from polidat.assistant.answer import Answer, Citation
from polidat.assistant.ask import QUESTION_CHARS_MAX, AskSource, QuestionTooLong, ask
from polidat.assistant.embed import embed
from polidat.assistant.listings import ask_listing

__all__ = [
    "QUESTION_CHARS_MAX",
    "Answer",
    "AskSource",
    "Citation",
    "QuestionTooLong",
    "ask",
    "ask_listing",
    "embed",
]
