"""Sign in by a mailed link; in demo mode as one of the demo people."""

import streamlit as st

from pages.parts.page import errors_shown, house, visitor
from pages.parts.post import post_button
from polidat.people import request_sign_in
from polidat.wiring import demo_people

st.title("Sign in", anchor=False)
here = house()
if visitor() is not None:
    st.info("You are signed in.")
    st.stop()

with st.form("sign_in"):
    email = st.text_input("E-mail address", key="email")
    sent = st.form_submit_button("Send me a link", key="send_link")
if sent:
    with errors_shown():
        with here.unit_of_work() as session:
            request_sign_in(session, email, confirm_url=f"{here.settings.base_url}/auth/confirm", now=here.now())
        where = "your inbox" if here.settings.smtp_url else "the Outbox page (this marketplace sends no mail)"
        st.success(f"A link is on its way to {where}. It works once, for 15 minutes.")

if here.settings.demo and demo_people():
    st.subheader("Demo people")
    st.caption("This is a demo marketplace with test money. Continue as one of them:")
    for person in demo_people():
        label = f"Continue as {person.name} ({person.role})"
        post_button(label, "/auth/demo", {"email": person.email}, key=f"as_{person.role}_{person.email.split('@')[0]}")
