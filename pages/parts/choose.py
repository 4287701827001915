"""Choose one of the listings one may use."""

import streamlit as st

from pages.parts.page import house
from polidat.access import my_datasets
from polidat.catalog import Listing, listings_of_datasets
from polidat.people import Person


def chosen_listing(me: Person) -> Listing:
    """Draw the choice and return the listing; with an empty library the page ends."""
    with house().reading() as session:
        mine = {each.slug: each for each in listings_of_datasets(session, my_datasets(session, me))}
    if not mine:
        st.info("Your library is empty. Buy a dataset, or get a free one, and use it here.")
        st.stop()
    wanted = st.query_params.get("listing", "")
    slugs = list(mine)
    start = slugs.index(wanted) if wanted in mine else 0
    slug = st.selectbox("Dataset", slugs, index=start, format_func=lambda each: mine[each].title, key="listing")
    return mine[slug]
