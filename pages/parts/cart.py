"""The lines of a cart, and what they come to."""

import streamlit as st

from pages.parts.page import errors_shown, house
from pages.parts.shipping import way_chosen
from pages.parts.words import plain
from polidat.orders import CartItem, Visitor, add_to_cart, cart_told, note_told, remove_from_cart
from polidat.people import Person


def show_told(whose: Person | Visitor) -> None:
    """Draw what was left out when a visitor's cart came in, until it is read."""
    with house().reading() as session:
        told = cart_told(session, whose)
    if not told:
        return
    st.warning(told)
    if st.button("I have read it", key="told_read"):
        with house().unit_of_work() as session:
            note_told(session, whose)
        st.rerun()


def show_item(item: CartItem, whose: Person | Visitor) -> None:
    """Draw one line, with what changed since it was added."""
    listing, slug = item.listing, item.listing.slug
    with st.container(border=True, key=f"cart_{slug}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{plain(listing.title)}** · {plain(listing.store.name)}", width="content")
            st.markdown(_price(item), width="content")
        if item.has_already:
            st.warning(f"{plain(item.problem)} Remove it, or buy it for others.")
            if st.button("Buy it for others", key=f"others_{slug}", icon=":material/group_add:"):
                _give_away(whose, listing.id)
        elif item.problem:
            st.warning(f"{plain(item.problem)} Remove it to go on.")
        elif item.has_new_price:
            st.info(f"The price has changed since you added it: it was {item.was}.")
        if item.for_others:
            st.caption("For others: you give all of these licences away, and what you have stays yours.")
        if item.way is not None:
            way = way_chosen(item.ways, item.way.name, f"way_{slug}", on_change=_change, args=(whose, listing.id, slug))
            if len(item.ways) == 1:
                st.caption(f":material/local_shipping: {plain(way.name)}: {way.shown}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if item.most > 1:
                what = "Pieces" if item.is_piece else "Licences"
                st.number_input(
                    what, 1, item.most, item.quantity, key=f"many_{slug}", width=150,
                    on_change=_change, args=(whose, listing.id, slug),
                )  # fmt: skip
            st.text_input(
                "Note to the seller", item.note, max_chars=500, key=f"note_{slug}", width="stretch",
                on_change=_change, args=(whose, listing.id, slug),
            )  # fmt: skip
            if st.button("Remove", key=f"remove_{slug}", icon=":material/delete:"):
                with house().unit_of_work() as session:
                    remove_from_cart(session, whose, listing.id)
                st.rerun()


def _give_away(whose: Person | Visitor, listing_id: int) -> None:
    with errors_shown():
        with house().unit_of_work() as session:
            add_to_cart(session, whose, listing_id, for_others=True, now=house().now())
        st.rerun()


def _price(item: CartItem) -> str:
    if not item.listing.price_minor:
        return "Free"
    return f"{item.quantity} × {item.listing.price} = **{item.price}**" if item.quantity > 1 else f"**{item.price}**"


def _change(whose: Person | Visitor, listing_id: int, slug: str) -> None:
    """Keep what was just typed; other tabs of the same cart are not asked."""
    many, note, way = (st.session_state.get(f"{each}_{slug}") for each in ("many", "note", "way"))
    with errors_shown(), house().unit_of_work() as session:
        add_to_cart(session, whose, listing_id, quantity=many, note=note, delivery=way, now=house().now())
