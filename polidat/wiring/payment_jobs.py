"""The jobs that speak with Stripe: each is one function of a room, given the house's database, gateway and clock."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from polidat.jobs import Job
from polidat.orders import expire_orders
from polidat.payments import (
    CLOSE_LINK,
    HOLD_DISPUTED,
    PROCESS_EVENT,
    SEND_AGAIN,
    SEND_REFUND,
    SEND_TRANSFER,
    SYNC_PAYMENT,
    TAKE_BACK,
    close_link,
    hold_disputed,
    process_event,
    send_again,
    send_refund,
    send_transfer,
    sweep,
    sync_payment,
    take_back,
)

if TYPE_CHECKING:
    from polidat.wiring.house import House


def payment_jobs(house: "House") -> Sequence[Job]:
    """Return every job that asks Stripe something."""

    def asking(do: Callable[..., object]) -> Callable[..., None]:
        def run(**arguments: Any) -> None:
            do(house.database, house.gateway, **arguments, now=house.now())

        return run

    def expire_unpaid() -> None:
        with house.unit_of_work() as session:
            expire_orders(session, now=house.now())

    return (
        Job(PROCESS_EVENT, asking(process_event), queue="payments"),
        Job(SYNC_PAYMENT, asking(sync_payment), queue="payments"),
        Job(SEND_REFUND, asking(send_refund), queue="payments"),
        Job(HOLD_DISPUTED, asking(hold_disputed), queue="payments"),
        Job(SEND_AGAIN, asking(send_again), queue="payments"),
        Job(SEND_TRANSFER, asking(send_transfer), queue="payments"),
        Job(TAKE_BACK, asking(take_back), queue="payments"),
        Job(CLOSE_LINK, asking(close_link), queue="payments"),
        Job("orders.expire", expire_unpaid, queue="payments", cron="*/5 * * * *"),
        Job("payments.sweep", asking(sweep), queue="payments", cron="*/10 * * * *"),
    )
