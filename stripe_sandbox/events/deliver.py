"""The courier: takes queued events to their endpoints, again and again until one answers 2xx.

Signatures carry the time of the wall clock, because the SDK refuses old ones. A delivery that was under way when
the process died is simply due again: the receiver must cope with seeing an event twice, as with Stripe.
"""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import httpx

from stripe_sandbox.events.write import wire_body
from stripe_sandbox.store import Row, Store

RETRY_SCHEDULE_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, *([10_800.0] * 24))
"""Waits between attempts; together a little over three days, after which Stripe gives up too."""

_TIMEOUT_S: Final = 10.0
_AT_ONCE: Final = 4
_IDLE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Parcel:
    delivery_id: int
    url: str
    secret: str
    body: str


def address_of(endpoint: Row) -> str:
    """Give where an endpoint listens; that of a v2 destination is not in its body, which shows it only when asked."""
    return str(endpoint.hidden.get("url") or endpoint.body["url"])


def sign(body: str, secret: str, *, now: int) -> str:
    """Give the Stripe-Signature header of a body. Source: docs.stripe.com/webhooks, "Verify manually"."""
    digest = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class Courier:
    """A background thread that delivers what is due and sleeps until something else is."""

    def __init__(self, store: Store, retry_schedule_s: Sequence[float] = RETRY_SCHEDULE_S) -> None:
        self._store = store
        self._schedule_s = tuple(retry_schedule_s)
        self._wake = threading.Event()
        self._stopping = False
        self._under_way: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="stripe-sandbox-courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver, first of all what an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wake.set()

    def stop(self) -> None:
        """Stop after the attempts that are under way."""
        self._stopping = True
        self._wake.set()
        self._thread.join(timeout=_TIMEOUT_S + 1)

    def _run(self) -> None:
        # The environment may hold a proxy for the internet; a webhook on loopback must not go through it.
        with httpx.Client(timeout=_TIMEOUT_S, trust_env=False) as client, ThreadPoolExecutor(_AT_ONCE) as pool:
            while not self._stopping:
                self._wake.clear()
                parcels, wait_s = self._due()
                for parcel in parcels:
                    self._under_way.add(parcel.delivery_id)
                    pool.submit(self._attempt, client, parcel)
                if not parcels:
                    self._wake.wait(wait_s)

    def _due(self) -> tuple[list[_Parcel], float]:
        """Give what is due and not under way, and how long to sleep if that is nothing."""
        now = time.time()
        with self._store.transaction() as tx:
            mode = tx.sql("SELECT value FROM switches WHERE name = 'mode'")
            if mode and json.loads(mode[0]["value"]) == "off":
                return [], _IDLE_S
            rows = tx.sql(
                "SELECT id, event_id, endpoint_id, next_at FROM deliveries WHERE state = 'pending' "
                "ORDER BY next_at, id LIMIT 200"
            )
            free = [row for row in rows if row["id"] not in self._under_way]
            parcels: list[_Parcel] = []
            for row in free:
                if row["next_at"] > now or len(self._under_way) + len(parcels) >= 2 * _AT_ONCE:
                    break
                event, endpoint = tx.get(row["event_id"]), tx.get(row["endpoint_id"])
                if event is None or endpoint is None:
                    tx.sql("UPDATE deliveries SET state = 'given_up' WHERE id = ?", (row["id"],))
                    continue
                body = wire_body(event, pending=1)
                parcels.append(_Parcel(row["id"], address_of(endpoint), endpoint.hidden["secret"], body))
        later = [row["next_at"] - now for row in free if row["next_at"] > now]
        return parcels, max(0.01, min([_IDLE_S, *later]))

    def _attempt(self, client: httpx.Client, parcel: _Parcel) -> None:
        status, problem = None, None
        try:
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
                "Stripe-Signature": sign(parcel.body, parcel.secret, now=int(time.time())),
            }
            status = client.post(parcel.url, content=parcel.body.encode(), headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as wrong:
            problem = f"{type(wrong).__name__}: {wrong}"[:300]
        try:
            self._note(parcel.delivery_id, status, problem)
        finally:
            self._under_way.discard(parcel.delivery_id)
            self._wake.set()

    def _note(self, delivery_id: int, status: int | None, problem: str | None) -> None:
        with self._store.transaction() as tx:
            found = tx.sql("SELECT attempts FROM deliveries WHERE id = ?", (delivery_id,))
            if not found:
                return
            attempts = found[0]["attempts"] + 1
            delivered = status is not None and 200 <= status < 300
            gone = attempts > len(self._schedule_s)
            state = "delivered" if delivered else "given_up" if gone else "pending"
            wait_s = 0.0 if state != "pending" else self._schedule_s[attempts - 1]
            tx.sql(
                "UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, last_status = ?, last_error = ? "
                "WHERE id = ?",
                (state, attempts, time.time() + wait_s, status, problem, delivery_id),
            )
