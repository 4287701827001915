"""My listings, my sales, what I am owed, and payouts."""

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from pages.parts.auction import auction_form
from pages.parts.hosting import show_hosting
from pages.parts.invoices import show_invoices
from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.sales import show_disputes, show_sales
from pages.parts.terms import show_terms
from pages.parts.words import plain
from polidat.auctions import Auction, AuctionState, auctions_of_seller
from polidat.catalog import (
    Listing,
    ListingState,
    coupons_of,
    hosting_policy,
    listings_of_seller,
    shippings_of,
    stores_of,
    withdraw_listing,
)
from polidat.core import Money
from polidat.invoices import InvoiceKind
from polidat.orders import (
    SubscriptionKind,
    disputes_about,
    held_from,
    hosted,
    my_subscriptions,
    owed_by,
    owed_to,
    sales_of,
)
from polidat.payments import SellerAccount, asked_for, seller_account, start_onboarding, sync_account
from polidat.people import Person


def amounts(each: Sequence[Money]) -> str:
    """Return amounts of several currencies in one line."""
    return ", ".join(str(money) for money in each if money.minor) or "nothing"


def show_payouts(account: SellerAccount | None, me: Person) -> None:
    """Draw whether Stripe pays this seller, and the way there."""
    here = house()
    if account is not None and account.charges_enabled:
        st.success("Stripe pays you. Buyers can pay for your listings.")
        return
    st.warning("Connect to Stripe first: until then nobody can pay for your listings.")
    if account is not None and account.due:
        st.caption("Stripe still asks for: " + ", ".join(dict.fromkeys(map(asked_for, account.due))))
    if st.button("Connect to Stripe", type="primary", key="connect"):
        with errors_shown():
            base = f"{here.settings.base_url}/payouts/onboarding"
            url = start_onboarding(
                here.database, here.gateway, me, return_url=f"{base}/return", refresh_url=f"{base}/refresh",
                now=here.now(),
            )  # fmt: skip
            same_tab("Go to Stripe", url, key="onboarding_link")


def show_listings(
    listings: Sequence[Listing], running: Mapping[int, Auction], ships: Collection[int], me: Person
) -> None:
    """Draw what this seller offers."""
    if not listings:
        st.info("You offer nothing yet.")
    for listing in listings:
        with st.container(border=True, key=f"listing_{listing.slug}", horizontal=True, vertical_alignment="center"):
            st.write(f"**{plain(listing.title)}** · {listing.state} · {listing.price or 'no price'}")
            if st.button("Show", key=f"show_{listing.slug}"):
                st.switch_page("shop_listing.py", query_params={"listing": listing.slug})
            if st.button("Change", key=f"change_{listing.slug}"):
                st.switch_page("sell_publish.py", query_params={"draft": listing.slug})
            if listing.state == ListingState.PUBLISHED and listing.price_minor and listing.id not in ships:
                auction_form(listing, running.get(listing.id), me)
            if listing.state == ListingState.PUBLISHED and st.button("Withdraw", key=f"withdraw_{listing.slug}"):
                with errors_shown():
                    with house().unit_of_work() as session:
                        withdraw_listing(session, me, listing.id)
                    st.rerun()


me = signed_in("see your sales")
st.title("My sales", anchor=False)
with house().reading() as session:
    known = seller_account(session, me)
if known is not None and not known.charges_enabled:
    with errors_shown(), st.spinner("Asking Stripe …"):  # whoever waits to be paid need not wait for an event
        sync_account(house().database, house().gateway, me, now=house().now())
with loading() as session:
    listings = listings_of_seller(session, me)
    sales = sales_of(session, me)
    owed, owes, held = owed_to(session, me), owed_by(session, me), held_from(session, me)
    disputes = disputes_about(session, me)
    auctions = [each for each in auctions_of_seller(session, me) if each.state == AuctionState.OPEN]
    account = seller_account(session, me)
    stores, coupons = stores_of(session, me), coupons_of(session, me)
    ships = shippings_of(session, listings)
    policy, hosts = hosting_policy(session), hosted(session, me, stores, now=house().now())
    hosting = [each for each in my_subscriptions(session, me) if each.kind == SubscriptionKind.HOSTING]

left, middle, right = st.columns(3)
left.metric("Listings", len(listings))
middle.metric("Sales", len(sales))
right.metric("Owed to you, not yet transferred", amounts(owed))
if held:
    st.info(f"{amounts(held)} is held while a dispute is open.")
if owes:
    st.warning(f"You owe {amounts(owes)}: your part of money that went back to buyers after it had been paid out.")
st.subheader("Payouts", anchor=False)
show_payouts(account, me)
if hosts:
    st.subheader("Hosting", anchor=False)
show_hosting(hosts, hosting, policy, me)
show_invoices(me, InvoiceKind.HOSTING, title="Invoices for hosting")
st.subheader("Sales", anchor=False)
show_sales(sales, me)
st.subheader("Disputes", anchor=False)
show_disputes(disputes, me)
show_terms(stores, coupons, me)
st.subheader("Listings", anchor=False)
show_listings(listings, {each.listing_id: each for each in auctions}, ships, me)
