"""Streamlit's entry: who is here, which pages they get."""

import streamlit as st

from pages.parts.page import house, visitor

st.set_page_config(page_title="PoliDat", page_icon="🗳️", layout="wide")

me = visitor()
shop = [
    st.Page("shop_browse.py", title="Browse", icon=":material/storefront:", default=True),
    st.Page("shop_listing.py", title="Listing", url_path="listing", icon=":material/dataset:"),
]
sections = {"Shop": shop}
if me is not None:
    shop.append(st.Page("shop_orders.py", title="My orders", url_path="orders", icon=":material/receipt_long:"))
    shop.append(st.Page("shop_order.py", title="Order", url_path="order", icon=":material/receipt:"))
    sections["Work"] = [
        st.Page("shop_library.py", title="My library", url_path="library", icon=":material/library_books:"),
        st.Page("ask_sql.py", title="Query", url_path="query", icon=":material/database:"),
        st.Page("ask_chat.py", title="Ask", url_path="ask", icon=":material/forum:"),
    ]
    sections["Sell"] = [
        st.Page("sell_publish.py", title="Publish", url_path="publish", icon=":material/upload_file:"),
        st.Page("sell_overview.py", title="My sales", url_path="sales", icon=":material/payments:"),
    ]
account = [st.Page("desk_sign_in.py", title="Sign in", url_path="sign-in", icon=":material/login:")]
if me is not None:
    account = [st.Page("desk_account.py", title="Account", url_path="account", icon=":material/person:")]
    if me.is_operator:
        account.append(
            st.Page("admin_overview.py", title="Operator", url_path="operator", icon=":material/monitoring:")
        )
if house().settings.demo and house().settings.smtp_url is None:
    account.append(st.Page("admin_outbox.py", title="Outbox", url_path="outbox", icon=":material/mail:"))
sections["You"] = account

page = st.navigation(sections, position="top")
page.run()
