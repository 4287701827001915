"""Billing details: of people, who buy and sell under them, and of the house."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.events import record
from polidat.invoices.errors import OperatorsOnly
from polidat.invoices.models import BillingDetails
from polidat.invoices.rules import Party, checked
from polidat.people import Person

HOUSE = "PoliDat"


def billing_details_of(session: Session, person: Person) -> Party | None:
    """Return whom the person's invoices are made out to, and who sells what they sell; None before they said so."""
    return _known(session, person.id)


def keep_billing_details(session: Session, person: Person, details: Party, *, now: datetime) -> Party:
    """Keep whom the person's invoices are made out to from now on. Raises Invalid."""
    kept = _keep(session, person.id, details, now=now)
    told = {"whose": "their own", "country": kept.country}
    record(session, "billing_details", f"person:{person.id}", by=person.id, after=told)
    return kept


def house_details(session: Session) -> Party:
    """Return who issues the invoices: the house, by its name alone until an operator has given more."""
    return _known(session, None) or Party(HOUSE)


def keep_house_details(session: Session, operator: Person, details: Party, *, now: datetime) -> Party:
    """Keep who issues the invoices from now on. Raises OperatorsOnly, Invalid."""
    if not operator.is_operator:
        raise OperatorsOnly
    kept = _keep(session, None, details, now=now)
    told = {"whose": "the house's", "country": kept.country}
    record(session, "billing_details", "house:details", by=operator.id, after=told)
    return kept


def seller_details(session: Session, seller_id: int, store_name: str) -> Party:
    """Return who sells, as a line keeps them: by the name of the store until the seller has given more.

    A reference is the buyer's part of somebody who also buys, so it is left out.
    """
    known = _known(session, seller_id)
    if known is None:
        return Party(store_name)
    return Party(**{**known.kept(), "order_reference": ""})


def _known(session: Session, person_id: int | None) -> Party | None:
    mine = BillingDetails.person_id.is_(None) if person_id is None else BillingDetails.person_id == person_id
    found = session.scalar(select(BillingDetails).where(mine).execution_options(populate_existing=True))
    return None if found is None else found.party


def _keep(session: Session, person_id: int | None, details: Party, *, now: datetime) -> Party:
    kept = checked(details)
    row = insert(BillingDetails).values(person_id=person_id, changed_at=now, **kept.kept())
    changed = {**kept.kept(), "changed_at": now}
    session.execute(row.on_conflict_do_update(index_elements=["person_id"], set_=changed))
    return kept
