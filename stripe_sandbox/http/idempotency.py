"""Idempotency keys: a repeated POST gets the first answer again. Source: docs.stripe.com/api/idempotent_requests."""

import hashlib
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.errors import ApiFailure
from stripe_sandbox.store import Tx

_KEY_MAX = 255
_KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Saved:
    """An answer of an earlier request with the same key."""

    status: int
    answer: str | bytes
    request_id: str
    media: str = "application/json"


class KeysInUse:
    """The keys of requests that are being worked on; a second request with one of them is told to wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, account: str, key: str | None) -> Generator[None]:
        """Keep others out while a request with this key runs; raises 409 when one already does."""
        if key is None:
            yield
            return
        if len(key) > _KEY_MAX:
            raise ApiFailure(400, f"Idempotency keys must be at most {_KEY_MAX} characters.", saved=False)
        with self._lock:
            if (account, key) in self._held:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}"
                raise ApiFailure(409, message, kind="idempotency_error", code="idempotency_key_in_use", saved=False)
            self._held.add((account, key))
        try:
            yield
        finally:
            with self._lock:
                self._held.discard((account, key))


def fingerprint(method: str, path: str, params: Any) -> str:
    """Give what makes two requests the same request."""
    text = json.dumps([method, path, params], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def saved_answer(tx: Tx, account: str, key: str, route: str, print_: str, *, now: int) -> Saved | None:
    """Give the answer kept for this key; raises 400 when the key was used for another request."""
    forget_old_answers(tx, now=now)
    found = tx.sql("SELECT * FROM idempotency WHERE account = ? AND key = ?", (account, key))
    if not found:
        return None
    row = found[0]
    if row["fingerprint"] != print_:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        if row["route"] != route:
            message = (
                "Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{route}' vs '{row['route']}'). Try using a key other than '{key}'."
            )
        raise ApiFailure(400, message, kind="idempotency_error", saved=False)
    return Saved(row["status"], row["answer"], row["request_id"])


def save_answer(tx: Tx, account: str, key: str, route: str, print_: str, saved: Saved, *, now: int) -> None:
    """Keep an answer for repeats, in the transaction of its effect."""
    tx.sql(
        "INSERT INTO idempotency (account, key, fingerprint, route, request_id, status, answer, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account, key, print_, route, saved.request_id, saved.status, saved.answer, now),
    )


def forget_old_answers(tx: Tx, *, now: int) -> None:
    """Drop answers older than a day, as Stripe does: after that a key is new again."""
    tx.sql("DELETE FROM idempotency WHERE created < ?", (now - _KEPT_S,))
