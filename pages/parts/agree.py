"""What a buyer accepts before they get a listing."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import house
from polidat.catalog import Agreed, Licence, Listing, licences_to_accept
from polidat.people import Person


def agreement(listings: Sequence[Listing], me: Person) -> Agreed:
    """Draw the licences this person has not accepted yet, and return what they accept."""
    with house().reading() as session:
        asked = licences_to_accept(session, me, listings)
    titles = {each.id: each.title for each in listings}
    return Agreed([each.id for each in asked if _accepted(each, titles[each.listing_id], alone=len(listings) == 1)])


def _accepted(licence: Licence, title: str, *, alone: bool) -> bool:
    with st.popover(f"Licence{'' if alone else f' of {title}'}: {licence.code}", icon=":material/gavel:"):
        st.text(licence.text)
        st.caption(f"Version {licence.number} of {licence.made_at:%d %B %Y}")
    what = "the licence" if alone else f"the licence of “{title}”"
    return st.checkbox(f"I have read and accept {what}.", key=f"accept_{licence.id}")
