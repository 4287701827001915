"""Answers that are files."""

from typing import Any

from fastapi import Response

CSV, PDF = "text/csv; charset=utf-8", "application/pdf"


def file_answer(kind: str) -> dict[int | str, dict[str, Any]]:
    """Return how a route that answers a file of this kind is described."""
    return {200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}}}}}


def file_of(content: bytes | str, kind: str, name: str) -> Response:
    """Return a file to keep under this name; nobody in between keeps it."""
    return Response(content, media_type=kind, headers=file_headers(name))


def file_headers(name: str) -> dict[str, str]:
    """Return the headers of a file to keep under this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
