"""People and what they may be."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Invalid, NotFound
from polidat.events import record
from polidat.people.models import Person

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?=.{1,241}$)(?:[\w-]+\.)+[\w-]{2,60}")


def normal_email(email: str) -> str:
    """Return the address as we store it. Raises Invalid for something that is no address."""
    plain = email.strip().lower()
    if not _ADDRESS.fullmatch(plain):
        raise Invalid("This does not look like an e-mail address. Write it like name@example.org.")
    return plain


def register(session: Session, email: str, *, now: datetime, name: str = "", is_demo: bool = False) -> Person:
    """Return the person with this address, new or known. Raises Invalid for a bad address."""
    address = normal_email(email)
    row = insert(Person).values(
        email=address, name=name, is_seller=False, is_operator=False, is_demo=is_demo, joined_at=now
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["email"]))
    return session.scalars(select(Person).where(Person.email == address)).one()


def person_by_email(session: Session, email: str) -> Person:
    """Return the person. Raises NotFound when nobody has this address."""
    found = session.scalar(select(Person).where(Person.email == normal_email(email)))
    if found is None:
        raise NotFound(f"Nobody here has the address {email}.")
    return found


def become_seller(session: Session, person: Person) -> Person:
    """Let the person open a store and publish."""
    if not person.is_seller:
        record(session, "become_seller", f"person:{person.id}", by=person.id, after={"seller": True})
    return _with(session, person, is_seller=True)


def make_operator(session: Session, person: Person) -> Person:
    """Let the person run the marketplace."""
    record(session, "make_operator", f"person:{person.id}", by=None, after={"operator": True})
    return _with(session, person, is_operator=True)


def operators(session: Session) -> Sequence[Person]:
    """Return everybody who runs the marketplace."""
    return session.scalars(select(Person).where(Person.is_operator).order_by(Person.id)).all()


def _with(session: Session, person: Person, **marks: bool) -> Person:
    row = session.get_one(Person, person.id)
    for name, value in marks.items():
        setattr(row, name, value)
    session.flush()
    return row
