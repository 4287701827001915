"""One at a time per object at Stripe: fetch and write both happen while the lock is held."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def lock_object(session: Session, object_id: str) -> None:
    """Wait until nobody else works on this object; the lock ends with the transaction."""
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": object_id})
