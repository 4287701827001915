"""What I may use."""

import streamlit as st

from pages.parts.page import errors_shown, loading, signed_in
from pages.parts.seats import show_given
from pages.parts.words import plain
from polidat.access import my_datasets
from polidat.catalog import Listing, listings_of_datasets
from polidat.orders import GivenSeat, given_to, shared_by

me = signed_in("see your library")
st.title("My library", anchor=False)
mine, given, shared = list[Listing](), list[GivenSeat](), dict[int, str]()
with errors_shown(), loading() as session:
    mine = list(listings_of_datasets(session, my_datasets(session, me)))
    given, shared = list(given_to(session, me)), dict(shared_by(session, me))

show_given(given, me)
if not mine and not given:
    st.info("Your library is empty. What you buy or get for free appears here at once.")
    if st.button("Browse datasets", key="browse"):
        st.switch_page("shop_browse.py")
for listing in mine:
    with st.container(border=True, key=f"mine_{listing.slug}"):
        st.subheader(plain(listing.title), anchor=False)
        st.caption(plain(f"{listing.store.name} · {listing.summary}"))
        with st.container(horizontal=True):
            if st.button("Query", key=f"query_{listing.slug}"):
                st.switch_page("ask_sql.py", query_params={"listing": listing.slug})
            if st.button("Ask", key=f"ask_{listing.slug}"):
                st.switch_page("ask_chat.py", query_params={"listing": listing.slug})
            if listing.dataset_id in shared and st.button("Licences", key=f"licences_{listing.slug}"):
                st.switch_page("shop_order.py", query_params={"order": shared[listing.dataset_id]})
