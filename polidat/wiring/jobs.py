"""Which job is whose, and what runs beside the app."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipelines.ingest import run_ingest
from polidat.access import expire_credit, free_expired_holds
from polidat.auctions import close_due
from polidat.events import run_sequencer
from polidat.insights import watch_revenue
from polidat.jobs import Job
from polidat.orders import (
    end_grace,
    find_fraud,
    forget_carts,
    lapse_attestations,
    pay_usage,
    recognise_hosting,
    watch_usage,
)
from polidat.payments import resend_short_transfers
from polidat.people import send_waiting_mail
from polidat.wiring.anchor import keep_anchor, seal_books
from polidat.wiring.mail import open_smtp
from polidat.wiring.payment_jobs import payment_jobs
from polidat.wiring.reconcile import reconcile_lately

if TYPE_CHECKING:
    from polidat.wiring.house import House


def add_jobs(house: "House") -> None:
    """Make every job known to the queue."""

    def ingest(upload_id: str) -> None:
        run_ingest(house.workshop, upload_id)

    def send_mail() -> None:
        smtp_url = house.settings.smtp_url
        if smtp_url is None:
            return  # the outbox page shows what was written
        with house.unit_of_work() as session:
            send_waiting_mail(session, open_smtp(smtp_url, house.settings.mail_from), now=house.now())

    def anchor() -> None:
        keep_anchor(house)

    for job in (
        Job("ingest", ingest, queue="ingest"),
        *payment_jobs(house),
        Job("ledger.seal", lambda: seal_books(house), cron="*/5 * * * *"),
        Job("payments.reconcile", lambda: reconcile_lately(house), queue="payments", cron="23 1 * * *"),
        Job("ledger.anchor", anchor, cron="7 0 * * *"),
        Job("access.free_holds", _in_unit_of_work(house, free_expired_holds), cron="* * * * *"),
        Job("access.expire_credit", _in_unit_of_work(house, expire_credit), cron="41 2 * * *"),
        Job("auctions.close", _in_unit_of_work(house, close_due), cron="* * * * *"),
        Job("insights.watch", _in_unit_of_work(house, watch_revenue), cron="47 0 * * *"),
        Job("orders.find_fraud", _in_unit_of_work(house, find_fraud), cron="47 3 * * *"),
        Job("orders.forget_carts", _in_unit_of_work(house, forget_carts), cron="53 3 * * *"),
        Job("orders.watch_usage", _in_unit_of_work(house, watch_usage), cron="*/5 * * * *"),
        Job("orders.lapse_attestations", _in_unit_of_work(house, lapse_attestations), cron="*/5 * * * *"),
        Job("orders.end_grace", _in_unit_of_work(house, end_grace), cron="29 * * * *"),
        Job("orders.recognise_hosting", _in_unit_of_work(house, recognise_hosting), cron="31 2 * * *"),
        Job("orders.pay_usage", _in_unit_of_work(house, pay_usage), queue="payments", cron="11 3 * * *"),
        Job(
            "payments.resend_short",
            _in_unit_of_work(house, resend_short_transfers),
            queue="payments",
            cron="17 * * * *",
        ),
        Job("people.send_mail", send_mail, cron="* * * * *"),
    ):
        house.jobs.add(job)


def _in_unit_of_work(house: "House", do: Callable[..., object]) -> Callable[[], None]:
    """A room's function that needs a session and the time."""

    def run() -> None:
        with house.unit_of_work() as session:
            do(session, now=house.now())

    return run


def run_in_background(house: "House", stop: threading.Event) -> Sequence[tuple[str, Callable[[], None]]]:
    """Return what the house runs in threads of its own until `stop` is set, by name."""
    return (
        ("worker", lambda: house.jobs.work(stop)),
        ("sequencer", lambda: run_sequencer(house.database, stop)),
    )
