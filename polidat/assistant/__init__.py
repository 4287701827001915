"""Answers."""

from polidat.assistant.embed import embed

__all__ = ["embed"]
