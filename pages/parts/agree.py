"""What a buyer accepts and says before they get a listing."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import house
from pages.parts.words import plain
from polidat.catalog import (
    KNOWN_LICENCES,
    Agreed,
    Asking,
    Attested,
    Licence,
    Listing,
    askings_for,
    licence_like,
    licence_name,
    licences_to_accept,
)
from polidat.people import Person


def agreement(listings: Sequence[Listing], me: Person) -> Agreed:
    """Draw the licences this person has not accepted yet and what the listings ask, and return what they agree to."""
    with house().reading() as session:
        licences, asked = licences_to_accept(session, me, listings), askings_for(session, me, listings)
    titles = {each.id: each.title for each in listings}
    attested = _attested(asked) if asked else None
    accepted = [each.id for each in licences if _accepted(each, titles[each.listing_id], alone=len(listings) == 1)]
    return Agreed(accepted, attested)


def agreement_like(listing: Listing, acceptance_id: int, me: Person) -> Agreed:
    """Draw the licence another person has accepted, as `agreement` does, for somebody who is given it."""
    with house().reading() as session:
        licence, asked = licence_like(session, me, acceptance_id), askings_for(session, me, [listing])
    attested = _attested(asked, f"_{listing.slug}") if asked else None
    return Agreed([licence.id] if licence and _accepted(licence, listing.title, alone=False) else [], attested)


def show_licence(licence: Licence) -> None:
    """Draw a licence as a link by its name, which opens what it says."""
    name = f"Licence: {licence_name(licence.code)}"
    with st.popover(name, type="tertiary", icon=":material/gavel:", key=f"terms_{licence.id}"):
        _show_terms(licence)


def _show_terms(licence: Licence) -> None:
    """The text, with the way to all of it elsewhere if there is one."""
    st.text(licence.text)
    known = KNOWN_LICENCES.get(licence.code)
    if known is not None and known.url:
        st.markdown(f"[All of {known.title}]({known.url})")
    st.caption(f"Version {licence.number} of {licence.made_at:%d %B %Y}")


def _accepted(licence: Licence, title: str, *, alone: bool) -> bool:
    label = f"Licence{'' if alone else f' of {plain(title)}'}: {plain(licence_name(licence.code))}"
    with st.popover(label, icon=":material/gavel:"):
        _show_terms(licence)
    what = "the licence" if alone else f"the licence of “{plain(title)}”"
    return st.checkbox(f"I have read and accept {what}.", key=f"accept_{licence.id}")


def _attested(asked: Sequence[Asking], of: str = "") -> Attested | None:
    """Draw the questions once for all listings; None while nothing is answered."""
    st.caption("The seller asks who gets the data. Your answers are kept with the order.")
    who = st.text_input("Who you are, and your organisation", key=f"attest_who{of}", max_chars=200)
    country = st.text_input("Country, in two letters", key=f"attest_country{of}", max_chars=2)
    allowed = [each for each in asked[0].purposes if all(each in other.purposes for other in asked)]
    if allowed and all(each.purposes for each in asked):
        purpose = st.selectbox("What you want it for", allowed, index=None, key=f"attest_purpose{of}") or ""
    else:
        purpose = st.text_input("What you want it for", key=f"attest_purpose{of}", max_chars=200)
    if any(each.by_seller for each in asked):
        st.caption("The seller decides within a day of your payment; if not, or not in your favour, you get all back.")
    return Attested(who, country, purpose) if who or country or purpose else None
