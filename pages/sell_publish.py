"""Upload, watch, read the report, describe, price, publish."""

import streamlit as st

from pages.parts.page import errors_shown, house, signed_in
from pages.parts.publish import expectations_form, offer_form, show_version
from pages.parts.upload import receive_files, watch_upload
from polidat.catalog import dataset_of, draft_listing, listings_of_seller, open_store, rates_of, shipping_of, stores_of
from polidat.lake import uploads_of, versions_of

NEW = "A new dataset"
me = signed_in("publish")
here = house()
st.title("Publish a dataset", anchor=False)
with here.reading() as session:
    stores = list(stores_of(session, me))
    listings = {each.slug: each for each in listings_of_seller(session, me)}

if not stores:
    st.write("First, open your store: it is what buyers see beside your datasets.")
    name = st.text_input("Name of your store", key="store_name")
    if st.button("Open my store", type="primary", key="open_store"):
        with errors_shown():
            with here.unit_of_work() as session:
                open_store(session, me, name, now=here.now())
            st.rerun()
    st.stop()

wanted = st.query_params.get("draft", NEW)
options = [NEW, *listings]
slug = st.selectbox(
    "What do you want to publish?",
    options,
    index=options.index(wanted) if wanted in options else 0,
    format_func=lambda each: each if each == NEW else f"New version or changes: {listings[each].title}",
    key=f"what_{wanted}",  # a draft just begun is chosen, whatever was chosen before
)
if slug == NEW:
    st.query_params.pop("draft", None)
    title = st.text_input("Title", placeholder="Polls of 2026", key="title")
    if st.button("Start", type="primary", key="start"):
        with errors_shown():
            with here.unit_of_work() as session:
                drafted = draft_listing(session, me, stores[0], title, now=here.now())
            st.query_params["draft"] = drafted.slug
            st.rerun()
    st.stop()

st.query_params["draft"] = slug
listing = listings[slug]
with here.reading() as session:
    dataset = dataset_of(session, listing)
    versions = list(versions_of(session, me, dataset.id))
    uploads = list(uploads_of(session, me, dataset.id))
    rates = [each for each in rates_of(session, me, now=here.now()) if each.listing.id == listing.id]

st.subheader("1 · Files")
receive_files(dataset, me)
if uploads:
    watch_upload(uploads[0].public_id)
st.subheader("2 · What we read")
if versions:
    show_version(versions[0])
    expectations_form(dataset, me)
else:
    st.info("Nothing is committed yet. Upload a file above.")
    with here.reading() as session:
        is_good = shipping_of(session, listing.id) is not None
    if not st.checkbox("It is a good that ships, without data", is_good, key=f"no_data_{slug}"):
        st.stop()
st.subheader("3 · Offer")
st.caption("The house takes, as things are now: " + "; ".join(f"{each.shown} of a {each.kind}" for each in rates))
offer_form(listing, me)
