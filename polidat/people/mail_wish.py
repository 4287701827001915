"""How somebody wants to hear of what they need not be told at once."""

from sqlalchemy.orm import Session

from polidat.events import record
from polidat.people.models import Person, SaleMails


def choose_sale_mails(session: Session, person: Person, wish: SaleMails) -> Person:
    """Let the person hear of sales by a mail each, one a day, or none. What goes back or is claimed is always told."""
    row = session.get_one(Person, person.id)
    before, row.sale_mails = row.sale_mails, wish
    session.flush()
    told = {"before": {"sales": before}, "after": {"sales": wish}}
    record(session, "mails", f"person:{person.id}", by=person.id, **told)
    return row
