"""What the house takes of a sale, store by store."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.errors import NoSuchStore
from polidat.catalog.events import CommissionChanged
from polidat.catalog.models import Store
from polidat.core import Invalid, NotAllowed
from polidat.events import emit, record
from polidat.people import Person

_BPS_MAX = 5_000


def set_commission(session: Session, operator: Person, store_slug: str, bps: int | None) -> Store:
    """Take this many basis points of a store's sales from now on; None returns to the default.

    Orders placed before keep the commission they were placed with.
    Raises NotAllowed for anybody but an operator, NoSuchStore, Invalid outside 0 to 50 %.
    """
    if not operator.is_operator:
        raise NotAllowed("Only operators set commissions.")
    if bps is not None and not 0 <= bps <= _BPS_MAX:
        raise Invalid("A commission is from 0 % to 50 %.")
    store = session.scalar(select(Store).where(Store.slug == store_slug))
    if store is None:
        raise NoSuchStore(store_slug)
    if store.commission_bps != bps:
        before, store.commission_bps = store.commission_bps, bps
        session.flush()
        changed = {"before": {"bps": before}, "after": {"bps": bps}}
        record(session, "commission", f"store:{store.id}", by=operator.id, **changed)
        emit(session, CommissionChanged(store.id, operator.id, before, bps))
    return store


def set_refund_policy(session: Session, owner: Person, store_slug: str, *, keeps_fee: bool) -> Store:
    """Say who bears the commission of a refunded sale: the house returns it, or, with `keeps_fee`, the seller does.

    Orders placed before keep the policy they were placed with. Raises NoSuchStore.
    """
    store = session.scalar(select(Store).where(Store.slug == store_slug))
    if store is None or store.owner_id != owner.id:
        raise NoSuchStore(store_slug)
    if store.keeps_fee != keeps_fee:
        changed = {"before": {"keeps_fee": store.keeps_fee}, "after": {"keeps_fee": keeps_fee}}
        store.keeps_fee = keeps_fee
        session.flush()
        record(session, "refund_policy", f"store:{store.id}", by=owner.id, **changed)
    return store


def all_stores(session: Session, operator: Person) -> Sequence[Store]:
    """Return every store by name. Raises NotAllowed for anybody but an operator."""
    if not operator.is_operator:
        raise NotAllowed("Only operators see every store.")
    return session.scalars(select(Store).order_by(Store.name)).all()
