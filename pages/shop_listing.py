"""One listing: what it is, what is in it, how good it is, what it costs."""

import streamlit as st

from pages.parts.agree import show_licence
from pages.parts.auction import show_auction
from pages.parts.buy import offer, offer_by_use, offer_plans
from pages.parts.page import errors_shown, house, loading, visitor
from pages.parts.quality import show_quality
from pages.parts.shipping import show_ways
from pages.parts.words import plain
from polidat.access import may_read, reads_freely
from polidat.auctions import auction_of_listing
from polidat.catalog import licence_of, listing_by_slug, plans_of, shipping_of, usage_prices
from polidat.lake import current_version
from polidat.query import sample_listing

slug = st.query_params.get("listing", "")
if not slug:
    st.info("Choose a dataset on the browse page.")
    st.stop()

me = visitor()
listing = None
with errors_shown(), loading() as session:
    listing = listing_by_slug(session, me, slug)
    version = current_version(session, listing.dataset_id)
    licence = licence_of(session, listing.id)
    owned = me is not None and may_read(session, me, listing.dataset_id)
    by_use, plans = usage_prices(session, listing.id), plans_of(session, listing.id)
    ships = shipping_of(session, listing.id)
    auction = auction_of_listing(session, listing.id)
    whole = me is not None and (me.is_operator or reads_freely(session, me, listing.dataset_id))
if listing is None:
    st.stop()

st.title(plain(listing.title), anchor=False)
st.write(plain(listing.summary))
with st.container(key="listing_body"):
    left, right = st.columns([3, 1], gap="large")
with right.container(border=True):
    if listing.price is not None or not (by_use or plans):
        st.metric("Price", "Free" if listing.price_minor == 0 else str(listing.price or "not set"))
    if ships is not None:
        show_ways(ships)
    agreed = offer(listing, me, ships, owned=owned, whole=whole)
    offer_plans(listing, me, plans, agreed, whole=whole)
    offer_by_use(listing, me, by_use, agreed, owned=owned)
    if auction is not None:
        show_auction(auction, listing, me, agreed, owned=whole)
    st.caption(f"Sold by {plain(listing.store.name)}")
    if listing.price_minor:
        bears = "its seller" if listing.store.keeps_fee else "the marketplace"
        st.caption(f"If it is refunded you get all you paid; {bears} bears the commission.")
    show_licence(licence)
    st.caption(f"Source: {plain(listing.attribution) or 'not stated'}")
with left:
    st.markdown(listing.description)
    if version is None:
        st.info("There is no data yet." if ships is None or ships.with_data else "This is a good that is sent to you.")
        st.stop()
    st.caption(f"Version {version.number} · {version.rows:,} rows · {version.rejected_rows:,} rejected while reading")
    schema, sample, quality = st.tabs(["Schema", "Sample", "Quality"])
    tables = version.readable()
    with schema:
        for table in tables:
            st.markdown(f"**`{table.name}`** · {table.rows:,} rows")
            st.dataframe(
                [{"column": each.name, "type": each.type, "in the file": each.source_name} for each in table.columns],
                hide_index=True,
                key=f"schema_{table.name}",
            )
    with sample:
        chosen = st.selectbox("Table", [each.name for each in tables], key="sample_table")
        with errors_shown(), st.spinner("Reading …"):
            rows = sample_listing(house().database, house().query_pool, me, slug, chosen, rows=20)
            st.dataframe(rows.to_arrow(), hide_index=True, key="sample")
    with quality:
        show_quality(version.validation)
