"""Streamlit's entry: who is here, which pages they get."""

import streamlit as st

from pages.parts.look import dress
from pages.parts.page import house, shopper, visitor
from polidat.catalog import stores_of
from polidat.orders import cart_size, unsent_count
from polidat.people import Person


def everyday(me: Person | None) -> list[st.Page]:
    """Return what everybody uses, always in sight."""
    browse = st.Page("shop_browse.py", title="Browse", icon=":material/storefront:", default=True)
    cart = st.Page("shop_cart.py", title=_cart_title(me), url_path="cart", icon=":material/shopping_cart:")
    if me is None:
        return [browse, cart, st.Page("desk_sign_in.py", title="Sign in", url_path="sign-in", icon=":material/login:")]
    return [
        browse,
        st.Page("shop_library.py", title="My library", url_path="library", icon=":material/library_books:"),
        st.Page("ask_sql.py", title="Query", url_path="query", icon=":material/database:"),
        st.Page("ask_chat.py", title="Ask", url_path="ask", icon=":material/forum:"),
        cart,
        st.Page("shop_orders.py", title="My orders", url_path="orders", icon=":material/receipt_long:"),
    ]


def _cart_title(me: Person | None) -> str:
    whose = shopper(me)
    with house().reading() as session:
        count = cart_size(session, whose) if whose is not None else 0
    return f"Cart ({count})" if count else "Cart"


def aside(me: Person | None) -> list[st.Page]:
    """Return what is reached from other pages only."""
    found = [st.Page("shop_listing.py", title="Dataset", url_path="listing", visibility="hidden")]
    if me is not None:
        found.append(st.Page("shop_order.py", title="Order", url_path="order", visibility="hidden"))
        found.append(st.Page("desk_sign_in.py", title="Sign in", url_path="sign-in", visibility="hidden"))
    return found


def selling(me: Person) -> list[st.Page]:
    """Return what a seller works with; whoever has no store yet may open one."""
    with house().reading() as session:
        sells = bool(stores_of(session, me))
        unsent = unsent_count(session, me) if sells else 0
    publish = "Publish" if sells else "Start selling"
    shown = "visible" if sells else "hidden"
    pages = [st.Page("sell_publish.py", title=publish, url_path="publish", icon=":material/upload_file:")]
    overview = st.Page(
        "sell_overview.py", title="My sales", url_path="sales", icon=":material/payments:", visibility=shown
    )
    payouts = st.Page(
        "sell_payouts.py", title="Payouts", url_path="payouts", icon=":material/account_balance:", visibility=shown
    )
    account = st.Page(
        "sell_account.py",
        title="Payout account",
        url_path="payout-account",
        icon=":material/account_circle:",
        visibility=shown,
    )
    money = st.Page(
        "sell_money.py",
        title="Financial account",
        url_path="financial-account",
        icon=":material/credit_card:",
        visibility=shown if house().settings.treasury else "hidden",
    )
    customers = st.Page(
        "sell_customers.py", title="Customers", url_path="customers", icon=":material/group:", visibility=shown
    )
    statement = st.Page(
        "sell_statement.py", title="Statement", url_path="statement", icon=":material/summarize:", visibility=shown
    )
    requests = st.Page(
        "sell_requests.py", title="Requests", url_path="requests", icon=":material/how_to_reg:", visibility=shown
    )
    to_send = f"Shipping ({unsent})" if unsent else "Shipping"
    shipping = st.Page(
        "sell_shipping.py", title=to_send, url_path="shipping", icon=":material/local_shipping:", visibility=shown
    )
    return [*pages, overview, requests, shipping, payouts, account, money, statement, customers]


def own(me: Person | None) -> list[st.Page]:
    """Return the account, and what only operators and demonstrations have."""
    pages: list[st.Page] = []
    if me is not None:
        pages.append(st.Page("desk_account.py", title="Account", url_path="account", icon=":material/person:"))
        pages.append(st.Page("shop_wallet.py", title="My wallet", url_path="wallet", icon=":material/wallet:"))
        pages.append(
            st.Page("shop_subscriptions.py", title="My subscriptions", url_path="subscriptions", icon=":material/sync:")
        )
    if me is not None and me.is_operator:
        pages.append(st.Page("admin_overview.py", title="Operator", url_path="operator", icon=":material/monitoring:"))
        pages.append(st.Page("admin_revenue.py", title="Revenue", url_path="revenue", icon=":material/bar_chart:"))
        pages.append(st.Page("admin_ledger.py", title="Books", url_path="books", icon=":material/menu_book:"))
        pages.append(st.Page("admin_exports.py", title="Exports", url_path="exports", icon=":material/archive:"))
        pages.append(
            st.Page("admin_reconcile.py", title="Reconciliation", url_path="reconciliation", icon=":material/balance:")
        )
        pages.append(st.Page("admin_review.py", title="Fraud review", url_path="review", icon=":material/policy:"))
        pages.append(st.Page("admin_rules.py", title="Fraud rules", url_path="fraud-rules", icon=":material/tune:"))
        pages.append(st.Page("admin_audit.py", title="Audit log", url_path="audit", icon=":material/history:"))
        pages.append(st.Page("admin_hosting.py", title="Hosting", url_path="hosting", icon=":material/dns:"))
        pages.append(
            st.Page("admin_commission.py", title="Commission", url_path="commission", icon=":material/percent:")
        )
    if house().settings.demo and house().settings.smtp_url is None:
        pages.append(st.Page("admin_outbox.py", title="Outbox", url_path="outbox", icon=":material/mail:"))
    return pages


st.set_page_config(page_title="PoliDat", page_icon="🗳️", layout="wide")
dress()
who = visitor()
sections = {"": [*everyday(who), *aside(who)]}
if who is not None:
    sections["Sell"] = selling(who)
sections[who.shown_name if who else "Demo"] = own(who)
st.navigation({name: pages for name, pages in sections.items() if pages}, position="top").run()
