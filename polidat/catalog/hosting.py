"""Show and hide storefronts whose hosting is paid, or is not."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.events import StoreHidden, StoreShown
from polidat.catalog.models import Store
from polidat.events import emit, record


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
