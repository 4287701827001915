"""Who acts at the command line."""

from polidat.people import Person, make_operator, person_by_email, register
from polidat.wiring import House

LOCAL_OPERATOR = "operator@polidat.local"


def acting_person(house: House, email: str | None) -> Person:
    """Return the named person, or the local operator, who owns the machine and may see all. Raises NotFound."""
    with house.unit_of_work() as session:
        if email is not None:
            return person_by_email(session, email)
        return make_operator(session, register(session, LOCAL_OPERATOR, now=house.now(), name="Local operator"))
