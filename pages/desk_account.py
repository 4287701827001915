"""My account: API keys and sessions."""

import streamlit as st

from pages.parts.page import errors_shown, house, session_token, signed_in
from pages.parts.post import post_button
from polidat.people import (
    KeyScope,
    Person,
    SaleMails,
    choose_sale_mails,
    csrf_token,
    key_holds_of,
    keys_of,
    make_api_key,
    revoke_api_key,
    sign_out_everywhere,
)

_MAY = {
    KeyScope.READ: "**read**: look, query and ask; what is paid by use is paid from your wallet",
    KeyScope.BUY: "**buy**: cart, orders, subscriptions, wallet, licences for others",
    KeyScope.SELL: "**sell**: uploads, prices, coupons, parcels; sees your sales, customers and balances",
    KeyScope.PAYOUT: "**payout**: sends money away, by payouts and refunds",
    KeyScope.OPERATE: "**operate**: acts as an operator, over all orders, data and books of the marketplace",
}
_SALE_MAILS = {
    SaleMails.EACH: "A mail for each",
    SaleMails.DAILY: "One mail a day",
    SaleMails.NONE: "No mail",
}


def sale_mails(me: Person) -> None:
    """Draw how a seller wants to hear of sales; what goes back or is claimed is always told."""
    st.subheader("Mail", anchor=False)
    kept = SaleMails(me.sale_mails)
    wishes = list(_SALE_MAILS)
    wish = st.radio(
        "When I sell something", wishes, wishes.index(kept), format_func=_SALE_MAILS.__getitem__, horizontal=True,
        key="sale_mails",
    )  # fmt: skip
    st.caption("Refunds, disputes, payouts that come back and what you owe are always mailed at once.")
    if wish == kept:
        return
    with errors_shown():
        with here.unit_of_work() as session:
            choose_sale_mails(session, me, wish)
        st.success("Kept.")


me = signed_in("see your account")
here = house()
st.title("Account", anchor=False)
st.write(f"Signed in as **{me.shown_name}** ({me.email})")
post_button("Sign out", "/auth/sign-out", {"csrf": csrf_token(session_token() or "")}, key="sign_out")
if st.button("Sign out everywhere", key="sign_out_everywhere"):
    with errors_shown():
        with here.unit_of_work() as session:
            ended = sign_out_everywhere(session, me, now=here.now())
        st.success(f"{ended} sessions ended, this one too. Reload to go on as a visitor.")

if me.is_seller:
    sale_mails(me)
st.subheader("API keys", anchor=False)
st.caption("For programs: [all routes](/api/docs), to read and to try.")
name = st.text_input("Name of a new key", key="key_name")
offered = [each for each in KeyScope if me.is_operator or each != KeyScope.OPERATE]
scopes = st.pills(
    "It may",
    offered,
    selection_mode="multi",
    default=[KeyScope.READ],
    key="key_scopes",
    help="Choose as little as it needs.",
)
st.caption("  \n".join(_MAY[each] for each in scopes) or "Choose what the key may do.")
if KeyScope.PAYOUT in scopes:
    st.warning("Whoever has this key can send your money away. Make it only for a program that has to.")
if st.button("Make a key", key="make_key"):
    with errors_shown():
        with here.unit_of_work() as session:
            made = make_api_key(session, me, name, scopes=scopes, now=here.now())
        st.success("Copy it now; it is not shown again.")
        st.code(made.secret, language=None)
with here.reading() as session:
    keys, rests = list(keys_of(session, me)), bool(key_holds_of(session, me))
if rests:
    st.warning("Your API keys rest until we have looked at how they were used. Write to the operator.")
if not keys:
    st.caption("You have no keys.")
for key in keys:
    with st.container(horizontal=True, vertical_alignment="center", key=f"key_{key.id}"):
        may = ", ".join(key.scopes)
        st.write(f"{key.name} · `{key.hint}…` · {may} · made {key.created_at:%d %B %Y}")
        if st.button("Revoke", key=f"revoke_{key.id}"):
            with errors_shown():
                with here.unit_of_work() as session:
                    revoke_api_key(session, me, key.id, now=here.now())
                st.rerun()
