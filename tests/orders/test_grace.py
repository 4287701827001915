"""Who has not paid for too long is stopped, however many others have not paid either."""

from datetime import timedelta

from sqlalchemy import text

from polidat.access import GrantKind, grant
from polidat.orders import end_grace
from polidat.orders.models import Subscription
from polidat.people import register
from tests.conftest import NOON
from tests.orders.test_place import listed


def test_those_who_were_stopped_before_keep_nobody_in_grace(session, monkeypatch):
    monkeypatch.setattr("polidat.orders.renew._BATCH", 1, raising=False)
    seller = register(session, "seller@example.org", now=NOON)
    dataset_id = listed(session, seller, "Polls", 0).dataset_id
    for name in ("first", "second"):
        buyer = register(session, f"{name}@example.org", now=NOON)
        terms = {"currency": "usd", "interval": "month", "trial_days": 0, "commission_bps": 0, "commission_version": 1}
        found = Subscription(
            public_id=f"sbs_{name}", person_id=buyer.id, kind="data", seller_id=seller.id, dataset_id=dataset_id,
            title="Polls", price_minor=5_000, key=name, state="past_due", ends_with_period=False, asked_at=NOON,
            past_due_since=NOON, granted_at=NOON, **terms,
        )  # fmt: skip
        session.add(found)
        grant(session, buyer.id, dataset_id, order_line=f"sbs_{name}:1", kind=GrantKind.SUBSCRIPTION, now=NOON)

    for _ in range(2):
        end_grace(session, now=NOON + timedelta(days=8))

    assert session.scalars(text("select state from entitlement")).all() == ["suspended", "suspended"]
