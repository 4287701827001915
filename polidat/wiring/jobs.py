"""Which job is whose, and what runs beside the app."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from polidat.access import expire_credit, free_expired_holds
from polidat.auctions import close_due
from polidat.events import run_sequencer
from polidat.insights import watch_books, watch_money, watch_revenue
from polidat.jobs import Job
from polidat.orders import (
    demand_hosting,
    end_grace,
    end_payout_waits,
    end_shipments,
    find_fraud,
    forget_carts,
    lapse_attestations,
    pay_usage,
    recognise_hosting,
    remind_of_addresses,
    take_hosting,
    tell_debts,
    tell_sales,
    tell_trials,
    watch_usage,
)
from polidat.payments import resend_short_transfers
from polidat.people import MAIL_BATCH, forget_networks, send_waiting_mail
from polidat.wiring.anchor import keep_anchor, seal_books
from polidat.wiring.exports import export_lately
from polidat.wiring.mail import open_smtp
from polidat.wiring.payment_jobs import payment_jobs
from polidat.wiring.reconcile import reconcile_lately

if TYPE_CHECKING:
    from polidat.wiring.house import House


_MAIL_BATCHES = 25  # a minute's work
_AT_TIMES: Mapping[str, tuple[str, Callable[..., object]]] = {
    "access.free_holds": ("* * * * *", free_expired_holds),
    "access.expire_credit": ("41 2 * * *", expire_credit),
    "auctions.close": ("* * * * *", close_due),
    "insights.watch": ("47 0 * * *", watch_revenue),
    "insights.watch_books": ("43 * * * *", watch_books),
    "insights.watch_money": ("*/5 * * * *", watch_money),
    "people.forget_networks": ("3 4 * * *", forget_networks),
    "orders.demand_hosting": ("24 * * * *", demand_hosting),
    "orders.end_grace": ("29 * * * *", end_grace),
    "orders.end_payout_waits": ("57 * * * *", end_payout_waits),
    "orders.end_shipments": ("*/15 * * * *", end_shipments),
    "orders.find_fraud": ("47 3 * * *", find_fraud),
    "orders.forget_carts": ("53 * * * *", forget_carts),
    "orders.lapse_attestations": ("*/5 * * * *", lapse_attestations),
    "orders.recognise_hosting": ("31 2 * * *", recognise_hosting),
    "orders.remind_of_addresses": ("43 * * * *", remind_of_addresses),
    "orders.take_hosting": ("19 * * * *", take_hosting),
    "orders.tell_debts": ("*/15 * * * *", tell_debts),
    "orders.tell_sales": ("5 6 * * *", tell_sales),
    "orders.tell_trials": ("37 * * * *", tell_trials),
    "orders.watch_usage": ("*/5 * * * *", watch_usage),
}  # what needs a session and the time, and nothing else


def add_jobs(house: "House") -> None:
    """Make every job known to the queue."""

    def ingest(upload_id: str) -> None:
        from pipelines.ingest import run_ingest  # readers and checks take a second: loaded by the first upload

        run_ingest(house.workshop, upload_id)

    def send_mail() -> None:
        smtp_url = house.settings.smtp_url
        if smtp_url is None:
            return  # the outbox page shows what was written
        send = open_smtp(smtp_url, house.settings.mail_from)
        for _ in range(_MAIL_BATCHES):
            with house.unit_of_work() as session:
                sent = send_waiting_mail(session, send, now=house.now())
            if sent < MAIL_BATCH:
                return  # nothing waits, or the server refuses: the next minute tries again

    def export() -> None:
        export_lately(house)

    def anchor() -> None:
        keep_anchor(house)

    for job in (
        Job("ingest", ingest, queue="ingest"),
        *payment_jobs(house),
        Job("ledger.seal", lambda: seal_books(house), cron="*/5 * * * *"),
        Job("payments.reconcile", lambda: reconcile_lately(house), queue="payments", cron="23 1 * * *"),
        Job("ledger.anchor", anchor, cron="7 0 * * *"),
        Job("ledger.export", export, cron="13 2 * * *"),  # once Stripe's movements are here
        *(Job(name, _in_unit_of_work(house, do), cron=when) for name, (when, do) in _AT_TIMES.items()),
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
