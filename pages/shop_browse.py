"""Home: what is for sale."""

import streamlit as st

from pages.parts.page import house, visitor
from polidat.catalog import browse_listings

st.title("Data you can check, from people who know it")
st.caption("Political and e-commerce datasets: buy once, then query, ask and download.")
words = st.text_input("Search", placeholder="polls, counties, orders …", key="words", label_visibility="collapsed")
with house().reading() as session:
    found = list(browse_listings(session, words=words))

if not found and words:
    st.info(f"Nothing fits “{words}”. Try fewer or other words.")
elif not found:
    st.info("Nothing is for sale yet. On a first start the demo takes a minute to load; or publish a dataset yourself.")
if visitor() is None:
    st.caption("Sign in to buy. In demo mode you can continue as one of the demo people.")

columns = st.columns(3)
for place, listing in enumerate(found):
    with columns[place % 3].container(border=True, key=f"card_{listing.slug}"):
        st.subheader(listing.title, anchor=False)
        st.caption(f"{listing.store.name} · {listing.category}")
        st.write(listing.summary)
        price = "Free" if listing.price_minor == 0 else str(listing.price)
        st.badge(price, color="green" if listing.price_minor == 0 else "blue")
        if st.button("Look inside", key=f"open_{listing.slug}"):
            st.switch_page("shop_listing.py", query_params={"listing": listing.slug})
