"""Every error as a problem document (RFC 9457), from the one tree of the house."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg.errors import CharacterNotInRepertoire, NumericValueOutOfRange, UntranslatableCharacter
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from polidat.api.rate import CallsUsedUp
from polidat.core import Broken, NotSignedIn, PoliDatError, Unavailable

_LOG = logging.getLogger("polidat.api")
_CANNOT_BE_KEPT = (NumericValueOutOfRange, UntranslatableCharacter, CharacterNotInRepertoire)
_UNFIT = "A number is too large, or a text has a character that no text has. Correct it and send it again."
_OURS = "Something went wrong on our side. We were told; try again later."


class Problem(BaseModel):
    """What every error looks like; `detail` is the sentence that says what is wrong and what to do."""

    type: str
    title: str
    status: int
    detail: str


PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "An error.",
        "content": {"application/problem+json": {"schema": Problem.model_json_schema()}},
    }
}


def problem(status: int, detail: str, kind: str = "about:blank", *, wait_s: int | None = None) -> JSONResponse:
    """Return the answer for an error; `wait_s` is when the same call may be made again."""
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if wait_s is not None:
        headers["Retry-After"] = str(wait_s)
    body = Problem(type=kind, title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def answer_errors(api: FastAPI) -> None:
    """Make every error an answer; what is broken tells its details to the log only."""

    def ours(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, PoliDatError)
        if isinstance(error, Broken):
            _LOG.error("broken: %s %s", error.says, error.facts, exc_info=error)
            return problem(500, _OURS)
        if isinstance(error, Unavailable):
            _LOG.warning("unavailable: %s %s", error.says, error.facts)
        wait_s = error.wait_s if isinstance(error, CallsUsedUp) else None
        return problem(error.status, error.says, f"urn:polidat:{type(error).__name__}", wait_s=wait_s)

    def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        told = "; ".join(f"{'.'.join(str(each) for each in one['loc'])}: {one['msg']}" for one in error.errors())
        return problem(422, told)

    def unfit(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, DataError)
        cannot_be_kept = isinstance(error.orig, _CANNOT_BE_KEPT) or "NUL" in str(error.orig)
        return problem(422, _UNFIT) if cannot_be_kept else unknown(request, error)

    def half_a_character(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, UnicodeEncodeError)  # half of a pair, as JSON can spell it
        return problem(422, _UNFIT)

    def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, str(error.detail))

    def unknown(_: Request, error: Exception) -> JSONResponse:
        _LOG.error("unexpected", exc_info=error)
        return problem(500, _OURS)

    api.add_exception_handler(PoliDatError, ours)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(DataError, unfit)
    api.add_exception_handler(UnicodeEncodeError, half_a_character)
    api.add_exception_handler(HTTPException, http)
    api.add_exception_handler(Exception, unknown)


def key_missing() -> NotSignedIn:
    """Return the error for a request without a key."""
    return NotSignedIn("Send your API key as “Authorization: Bearer pd_…”. Make one on your account page.")
