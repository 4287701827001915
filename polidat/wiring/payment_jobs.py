"""The jobs that speak with Stripe: each is one function of a room, given the house's database, gateway and clock."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from polidat.jobs import Job
from polidat.orders import expire_orders, expire_top_up_links
from polidat.payments import (
    CLOSE_LINK,
    END_HOLD,
    HOLD_DISPUTED,
    KEEP_SCHEDULE,
    PROCESS_EVENT,
    SEND_CASH_OUT,
    SEND_REFUND,
    SEND_TRANSFER,
    STOP_BILLING,
    SYNC_PAYMENT,
    TAKE_BACK,
    close_link,
    end_hold,
    hold_disputed,
    keep_schedule,
    mirror_payouts,
    process_event,
    refresh_accounts,
    send_cash_out,
    send_refund,
    send_transfer,
    stop_billing,
    sweep,
    sync_payment,
    take_back,
)

if TYPE_CHECKING:
    from polidat.wiring.house import House


PAYMENT_JOBS: Mapping[str, Callable[..., object]] = {
    CLOSE_LINK: close_link,
    END_HOLD: end_hold,
    HOLD_DISPUTED: hold_disputed,
    KEEP_SCHEDULE: keep_schedule,
    PROCESS_EVENT: process_event,
    SEND_CASH_OUT: send_cash_out,
    SEND_REFUND: send_refund,
    SEND_TRANSFER: send_transfer,
    STOP_BILLING: stop_billing,
    SYNC_PAYMENT: sync_payment,
    TAKE_BACK: take_back,
}


def payment_jobs(house: "House") -> Sequence[Job]:
    """Return every job that asks Stripe something, or follows from what it said."""

    def asking(do: Callable[..., object]) -> Callable[..., None]:
        def run(**arguments: Any) -> None:
            do(house.database, house.gateway, **arguments, now=house.now())

        return run

    def expire_unpaid() -> None:
        with house.unit_of_work() as session:
            expire_orders(session, now=house.now())

    def expire_links() -> None:
        with house.unit_of_work() as session:
            expire_top_up_links(session, now=house.now())

    def mirror() -> None:
        mirror_payouts(house.database, house.gateway)

    return (
        *(Job(name, asking(do), queue="payments") for name, do in PAYMENT_JOBS.items()),
        Job("payments.mirror_payouts", mirror, queue="payments", cron="37 3 * * *"),
        Job("payments.refresh_accounts", asking(refresh_accounts), queue="payments", cron="17 3 * * *"),
        Job("orders.expire", expire_unpaid, queue="payments", cron="*/5 * * * *"),
        Job("orders.expire_top_up_links", expire_links, queue="payments", cron="*/5 * * * *"),
        Job("payments.sweep", asking(sweep), queue="payments", cron="*/10 * * * *"),
    )
