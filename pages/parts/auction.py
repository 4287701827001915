"""An auction: where it stands, a bid for the visitor, and the terms for the seller."""

from datetime import timedelta

import streamlit as st

from pages.parts.look import same_tab
from pages.parts.page import done, errors_shown, house, once
from polidat.auctions import Auction, Bid, BidState, auction_of_listing, my_bid, offer_auction, stop_auction
from polidat.catalog import Agreed, Listing
from polidat.core import Money
from polidat.people import Person
from polidat.wiring import bid_in_auction

_MINE = {
    BidState.ASKED: "Your bid of {bid} does not count yet: no card holds it.",
    BidState.LEADING: "You lead, with at most {bid}. Your card holds it and is charged only if you win.",
    BidState.LOST: "Your bid of {bid} is out, and your card is free again.",
    BidState.WON: "You have won.",
}


def show_auction(auction: Auction, listing: Listing, me: Person | None, agreed: Agreed, *, owned: bool) -> None:
    """Draw where an auction stands, which keeps itself current, and the way to bid in it."""
    _standing(listing.id, me)
    if me is None or owned or auction.seller_id == me.id:
        return
    text = st.text_input(
        f"Your highest bid in {auction.currency.upper()}", key="bid_amount", placeholder="25.00", max_chars=20,
        help="We bid for you, no more than it takes. Nobody sees your highest bid.",
    )  # fmt: skip
    if st.button("Bid", key="bid") and text.strip():
        _bid(auction, listing, me, text, agreed)


@st.fragment(run_every=5)
def _standing(listing_id: int, me: Person | None) -> None:
    """Others bid meanwhile: what is told here is read again every five seconds."""
    mine: Bid | None = None
    with house().reading() as session:
        auction = auction_of_listing(session, listing_id)
        if auction is not None and me is not None:
            mine = my_bid(session, me, auction.id)
    if auction is None:
        st.rerun()
    st.metric("Highest bid" if auction.bids else "Bids start at", str(auction.price if auction.bids else auction.start))
    reserve = "" if auction.meets_reserve or not auction.reserve_minor else " · reserve not met"
    st.caption(
        f"{auction.bids} bid{'' if auction.bids == 1 else 's'} · {time_left(auction.ends_at - house().now())}{reserve}",
        help=f"It ends on {auction.ends_at:%d %B %Y, %H:%M} UTC.",
    )
    if mine is not None:
        st.caption(_MINE[BidState(mine.state)].format(bid=Money(mine.maximum_minor, auction.currency)))


def time_left(left: timedelta) -> str:
    """How long there is to bid, to the minute, and to the second at the end."""
    seconds = int(left.total_seconds())
    if seconds <= 0:
        return "closing now"
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h left"
    return f"{hours} h {minutes} min left" if hours else f"{minutes} min {seconds % 60} s left"


def auction_form(listing: Listing, running: Auction | None, me: Person) -> None:
    """Draw the terms of an auction for a seller, or the way to stop the one that runs."""
    if running is not None:
        if st.button("Stop the auction", key=f"stop_auction_{listing.slug}", disabled=running.bids > 0):
            with errors_shown():
                with house().unit_of_work() as session:
                    stop_auction(session, me, running.public_id)
                st.rerun()
        return
    with st.popover("Auction", key=f"auction_{listing.slug}"), st.form(f"auction_form_{listing.slug}", border=False):
        start = st.text_input(f"Start at ({listing.currency.upper()})", key=f"auction_start_{listing.slug}")
        reserve = st.text_input("Do not sell below (optional)", key=f"auction_reserve_{listing.slug}")
        days = st.number_input("Days", 1, 6, 3, key=f"auction_days_{listing.slug}")
        if st.form_submit_button("Start the auction"):
            with errors_shown():
                with house().unit_of_work() as session:
                    offer_auction(
                        session,
                        me,
                        listing.id,
                        Money.parse(start, listing.currency),
                        reserve=Money.parse(reserve, listing.currency) if reserve.strip() else None,
                        lasts=timedelta(days=int(days)),
                        now=house().now(),
                    )
                st.rerun()


def _bid(auction: Auction, listing: Listing, me: Person, text: str, agreed: Agreed) -> None:
    here, form = house(), f"bid_{auction.public_id}_{text.strip()}"
    with errors_shown():
        maximum = Money.parse(text, auction.currency)
        with st.spinner("Opening the payment page …"):
            _, url = bid_in_auction(
                here.database,
                here.gateway,
                me,
                listing.id,
                maximum,
                key=once(form),
                return_url=f"{here.settings.base_url}/pay/return/",
                now=here.now(),
                agreed=agreed,
            )
        done(form)
        st.caption(f"Your card only holds {maximum}. It is charged the price if you win, and freed if you do not.")
        same_tab(f"Let your card hold {maximum}", url, key="hold_link")
