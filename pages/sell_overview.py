"""My listings, my sales, what I am owed, and payouts."""

import streamlit as st

from pages.parts.page import errors_shown, house, same_tab, signed_in
from polidat.catalog import ListingState, listings_of_seller, withdraw_listing
from polidat.core import Money
from polidat.orders import owed_to, sales_of
from polidat.payments import seller_account, start_onboarding, sync_account

me = signed_in("see your sales")
here = house()
st.title("My sales")
with errors_shown():
    sync_account(here.database, here.gateway, me, now=here.now())
with here.reading() as session:
    listings = list(listings_of_seller(session, me))
    sales = list(sales_of(session, me))
    owed = list(owed_to(session, me))
    account = seller_account(session, me)

left, middle, right = st.columns(3)
left.metric("Listings", len(listings))
middle.metric("Sales", len(sales))
right.metric("Owed to you, not yet transferred", ", ".join(str(each) for each in owed) or "nothing")

st.subheader("Payouts")
if account is not None and account.charges_enabled:
    st.success("Stripe pays you. Buyers can pay for your listings.")
else:
    st.warning("Connect to Stripe first: until then nobody can pay for your listings.")
    if st.button("Connect to Stripe", type="primary", key="connect"):
        with errors_shown():
            back = f"{here.settings.base_url}/sales"
            url = start_onboarding(here.database, here.gateway, me, return_url=back, refresh_url=back, now=here.now())
            same_tab("Go to Stripe", url, key="onboarding_link")

st.subheader("Listings")
if not listings:
    st.info("You offer nothing yet.")
for listing in listings:
    with st.container(border=True, key=f"listing_{listing.slug}"):
        st.write(f"**{listing.title}** · {listing.state} · {listing.price or 'no price'}")
        with st.container(horizontal=True):
            if st.button("Show", key=f"show_{listing.slug}"):
                st.switch_page("shop_listing.py", query_params={"listing": listing.slug})
            if listing.state == ListingState.PUBLISHED and st.button("Withdraw", key=f"withdraw_{listing.slug}"):
                with errors_shown():
                    with here.unit_of_work() as session:
                        withdraw_listing(session, me, listing.id)
                    st.rerun()

st.subheader("Sales")
if not sales:
    st.info("Nothing is sold yet.")
else:
    st.dataframe(
        [
            {
                "paid": each.sold_at,
                "title": each.title,
                "order": each.order,
                "price": str(each.price),
                "commission": str(each.commission),
                "yours": str(Money(each.price.minor - each.commission.minor, each.price.currency)),
            }
            for each in sales
        ],
        hide_index=True,
        key="sales",
    )
