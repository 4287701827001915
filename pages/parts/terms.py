"""What a seller gives buyers: coupons, and who bears the commission of a refund."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import streamlit as st

from pages.parts.page import errors_shown, house
from pages.parts.words import plain
from polidat.catalog import Coupon, Store, end_coupon, make_coupon, set_refund_policy
from polidat.core import Money, bps_of
from polidat.people import Person

_WHO = {False: "The house returns it, the seller does not bear it", True: "The seller bears it, the house keeps it"}


def show_terms(stores: Sequence[Store], coupons: Sequence[Coupon], me: Person) -> None:
    """Draw the coupons and the refund policy of a seller's stores."""
    for store in stores:
        with st.expander(f"Coupons and refunds of {plain(store.name)}"):
            _policy(store, me)
            for each in coupons:
                if each.store_id == store.id:
                    _coupon(each, me)
            _coupon_form(store, me)


def _policy(store: Store, me: Person) -> None:
    kept = st.radio(
        "Who bears the commission of a refunded sale", [False, True], index=int(store.keeps_fee),
        format_func=_WHO.__getitem__, key=f"policy_{store.slug}",
    )  # fmt: skip
    if kept != store.keeps_fee:
        with errors_shown():
            with house().unit_of_work() as session:
                set_refund_policy(session, me, store.slug, keeps_fee=kept)
            st.caption("Kept: it holds for orders from now on.")


def _coupon(coupon: Coupon, me: Person) -> None:
    over = coupon.ends_at is not None and coupon.ends_at <= house().now()
    used = f"used {coupon.uses} times" + (f" of {coupon.uses_max}" if coupon.uses_max else "")
    with st.container(horizontal=True, vertical_alignment="center", key=f"coupon_{coupon.id}"):
        st.write(f"**{coupon.code}** · {coupon.shown} off · {used}{' · ended' if over else ''}")
        if not over and st.button("End it", key=f"end_coupon_{coupon.id}"):
            with errors_shown():
                with house().unit_of_work() as session:
                    end_coupon(session, me, coupon.id, now=house().now())
                st.rerun()


def _coupon_form(store: Store, me: Person) -> None:
    with st.form(f"coupon_{store.slug}", clear_on_submit=True):
        code = st.text_input("Code", key=f"code_{store.slug}")
        off = st.text_input("Takes off, such as 20 % or 5.00 USD", key=f"off_{store.slug}")
        most = st.text_input("How often in all (empty for any number)", key=f"most_{store.slug}")
        last = st.date_input("Last day (empty for no end)", None, key=f"last_{store.slug}")
        sent = st.form_submit_button("Make the coupon")
    if not sent:
        return
    here = house()
    with errors_shown():
        amount, code_of = [*off.split(), "", ""][:2]
        by_share = off.strip().endswith("%")
        ends = datetime.combine(last, time(), UTC) + timedelta(days=1) if last else None
        with here.unit_of_work() as session:
            made = make_coupon(
                session,
                me,
                store.slug,
                code,
                percent_bps=bps_of(off) if by_share else None,
                amount=None if by_share else Money.parse(amount, code_of or "usd"),
                uses_max=int(most) if most.strip().isdecimal() else None,
                ends_at=ends,
                now=here.now(),
            )
        st.success(f"{made.code} takes {made.shown} off, from now on.")
