"""Home: what is for sale."""

import streamlit as st

from pages.parts.look import same_tab, short_number
from pages.parts.page import errors_shown, house, loading, visitor
from pages.parts.words import plain
from polidat.catalog import Listing, browse_listings
from polidat.lake import DatasetVersion, current_versions

_COLUMNS = 3


def card(listing: Listing, version: DatasetVersion | None) -> None:
    """Draw what a buyer wants to know before looking inside."""
    st.subheader(plain(listing.title), anchor=False)
    st.caption(plain(f"{listing.store.name} · {listing.category}" if listing.category else listing.store.name))
    st.write(plain(listing.summary))
    with st.container(horizontal=True, vertical_alignment="center"):
        free = listing.price_minor == 0
        st.badge("Free" if free else str(listing.price or "By use or month"), color="green" if free else "blue")
        if version is not None:
            tables = len(version.readable())
            st.caption(f"{short_number(version.rows)} rows · {tables} table{'s' if tables != 1 else ''}")
    if st.button("Look inside", key=f"open_{listing.slug}"):
        st.switch_page("shop_listing.py", query_params={"listing": listing.slug})


st.title("Data you can check, from people who know it", anchor=False)
st.caption("Political and e-commerce datasets: buy once, then query, ask and download.")
words = st.text_input("Search", placeholder="polls, counties, orders …", key="words", label_visibility="collapsed")
found: list[Listing] = []
versions: dict[int, DatasetVersion] = {}
with errors_shown(), loading() as session:
    found = list(browse_listings(session, words=words))
    versions = current_versions(session, [each.dataset_id for each in found])

if not found and words:
    st.info(f"Nothing fits “{words}”. Try fewer or other words.")
elif not found:
    st.info("Nothing is for sale yet. On a first start the demo takes a minute to load; or publish a dataset yourself.")
if visitor() is None:
    hint = " In this demo you may continue as one of the demo people." if house().settings.demo else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        same_tab("Sign in to buy", "/sign-in", key="sign_in_first")
        st.caption(f"Anybody may look inside.{hint}")

# row by row, so that a narrow screen shows them in their order
for start in range(0, len(found), _COLUMNS):
    for column, listing in zip(st.columns(_COLUMNS), found[start : start + _COLUMNS], strict=False):
        with column.container(border=True, key=f"card_{listing.slug}", height="stretch"):
            card(listing, versions.get(listing.dataset_id))
