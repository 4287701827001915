"""What every page needs: the house, who is here, errors as sentences, one key for one click."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import streamlit as st
from sqlalchemy.orm import Session

from pages.parts.look import same_tab
from pages.parts.words import plain
from polidat.core import Broken, PoliDatError
from polidat.orders import Visitor, visitor_of
from polidat.people import Person, person_of_session
from polidat.wiring import House, the_house

_LOG = logging.getLogger("polidat.pages")
COOKIE, CART_COOKIE = "polidat_session", "polidat_cart"


def house() -> House:
    """Return the open house."""
    return the_house()


def session_token() -> str | None:
    """Return the token in this browser's cookie, or None."""
    return st.context.cookies.get(COOKIE)


def visitor() -> Person | None:
    """Return who is signed in, or None."""
    here = house()
    with here.reading() as session:
        return person_of_session(session, session_token(), now=here.now())


def shopper(person: Person | None) -> Person | Visitor | None:
    """Return whose cart this browser has: who is signed in, a visitor who has put something into one, or None."""
    if person is not None:
        return person
    with house().reading() as session:
        return visitor_of(session, st.context.cookies.get(CART_COOKIE))


def signed_in(to_do: str) -> Person:
    """Return who is signed in; a visitor is asked to sign in and the page ends."""
    person = visitor()
    if person is None:
        st.info(f"Please sign in to {to_do}.")
        same_tab("Sign in", "/sign-in", key="to_sign_in")
        st.stop()
    return person


@contextmanager
def loading(what: str = "Loading …") -> Iterator[Session]:
    """Open a look at the database while the page says that it works."""
    with st.spinner(what), house().reading() as session:
        yield session


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show our errors where the person stands; what is broken goes to the log in full."""
    try:
        yield
    except Broken as error:
        _LOG.exception("broken: %s %s", error.says, error.facts)
        st.error("Something went wrong on our side. We were told; try again later.")
    except PoliDatError as error:
        st.error(plain(error.says))


def once(form: str) -> str:
    """Return one key for this form until `done` is called: a double click is one order."""
    return st.session_state.setdefault(f"once_{form}", uuid4().hex)


def done(form: str) -> None:
    """The form's work is done: the next click is another."""
    st.session_state.pop(f"once_{form}", None)
