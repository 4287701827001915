"""What hosting costs and whether it is asked for; show and hide storefronts whose hosting is paid, or is not."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.events import StoreHidden, StoreShown
from polidat.catalog.hosting_models import HostingPolicy
from polidat.catalog.models import Store
from polidat.core import Invalid, Money, NotAllowed, currency
from polidat.events import emit, record
from polidat.people import Person

HOSTING_PRICE = Money(2_900, "usd")  # of a month, until an operator says otherwise
_TRIAL_DAYS_MAX = 365


def hosting_policy(session: Session) -> HostingPolicy:
    """Return what is asked of storefronts: nothing until an operator has said otherwise."""
    found = session.get(HostingPolicy, True)
    return found if found is not None else _nothing_asked()


def set_hosting_policy(
    session: Session, operator: Person, *, required: bool, trial_days: int, price: Money, now: datetime
) -> HostingPolicy:
    """Ask storefronts to pay for their hosting from now on, or not to. Who pays already goes on at the price agreed.

    Raises NotAllowed for anybody but an operator, Invalid for a price no card can be charged or odd free days.
    """
    if not operator.is_operator:
        raise NotAllowed("Only operators say what hosting costs.")
    known = currency(price.currency)
    if price.minor < known.charge_min_minor or price.minor % known.charge_step:
        raise Invalid(f"Hosting costs at least {Money(known.charge_min_minor, known.code)}, in amounts a card can pay.")
    if not 0 <= trial_days <= _TRIAL_DAYS_MAX:
        raise Invalid(f"Free days are 0 to {_TRIAL_DAYS_MAX}.")
    found = session.get(HostingPolicy, True, with_for_update=True)
    before = _told(found) if found is not None else None
    if found is None:
        found = _nothing_asked()
        session.add(found)
    if required != found.required:
        found.required_since = now if required else None
    found.required, found.trial_days, found.set_at = required, trial_days, now
    found.price_minor, found.currency = price.minor, known.code
    session.flush()
    record(session, "hosting", "hosting:policy", by=operator.id, before=before, after=_told(found))
    return found


def hide_store(session: Session, store_id: int, *, now: datetime) -> None:
    """Sell nothing of a store any more. Who has bought there keeps access. Safe to repeat."""
    store = session.scalars(select(Store).where(Store.id == store_id).with_for_update()).one()
    if store.hidden_at is None:
        store.hidden_at = now
        session.flush()
        record(session, "store", f"store:{store.id}", by=None, after={"shown": False})
        emit(session, StoreHidden(store.id, store.owner_id))


def show_store(session: Session, store_id: int) -> None:
    """Sell again. Safe to repeat."""
    store = session.scalars(select(Store).where(Store.id == store_id).with_for_update()).one()
    if store.hidden_at is not None:
        store.hidden_at = None
        session.flush()
        record(session, "store", f"store:{store.id}", by=None, after={"shown": True})
        emit(session, StoreShown(store.id, store.owner_id))


def _nothing_asked() -> HostingPolicy:
    return HostingPolicy(
        only=True,
        required=False,
        required_since=None,
        trial_days=0,
        price_minor=HOSTING_PRICE.minor,
        currency=HOSTING_PRICE.currency,
    )


def _told(policy: HostingPolicy) -> dict[str, object]:
    return {"required": policy.required, "trial_days": policy.trial_days, "price": policy.price}
