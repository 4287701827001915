"""What sellers hear of by the clock: the sales of a day, and what they have come to owe."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from polidat.core import Money
from polidat.ledger import receivables
from polidat.orders.letters import debt_arose, sales_of_day
from polidat.orders.models import UntoldSale
from polidat.orders.tell import post_letter
from polidat.people import house_link

_TAKEN_BACK_WITHIN = timedelta(minutes=15)  # until then a job may still take it from what was sent


def tell_sales(session: Session, *, now: datetime) -> int:
    """Write to each seller who wants one mail a day about what was sold since the last; return how many were written.

    Run it once a day.
    """
    taken = session.execute(
        delete(UntoldSale).returning(
            UntoldSale.id, UntoldSale.seller_id, UntoldSale.said, UntoldSale.yours_minor, UntoldSale.currency
        )
    ).all()
    sold = sorted(taken, key=lambda row: row.id)
    at, sellers = house_link(session, "/sales"), sorted({row.seller_id for row in sold})
    for seller_id in sellers:
        mine = [row for row in sold if row.seller_id == seller_id]
        sums = Counter[str]()
        for row in mine:
            sums[row.currency] += row.yours_minor
        totals = [Money(minor, code) for code, minor in sorted(sums.items()) if minor]
        told = sales_of_day([row.said for row in mine], totals, at)
        post_letter(session, seller_id, told, once=f"sales:{seller_id}:{mine[-1].id}", now=now)
    return len(sellers)


def tell_debts(session: Session, *, now: datetime) -> int:
    """Tell sellers what they have come to owe, once for each cause, and return of how many debts they know.

    Run it every quarter of an hour.
    """
    owed = [each for each in receivables(session, before=now - _TAKEN_BACK_WITHIN) if each.seller.isdigit()]
    for each in owed:
        told = debt_arose(each.amount, each.kind, each.order_ref or "", house_link(session, "/statement"))
        once = f"owes:{each.seller}:{each.currency}:{each.txn_id}"
        post_letter(session, int(each.seller), told, once=once, now=now)
    return len(owed)
