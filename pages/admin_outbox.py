"""The mail of a marketplace without a mail server: demo mode only."""

import html
import re

import streamlit as st

from pages.parts.page import house
from polidat.people import mails

st.title("Outbox", anchor=False)
st.caption("No mail server is configured, so mail is shown here. This page exists in demo mode only.")
if not house().settings.demo:
    st.stop()
with house().reading() as session:
    found = list(mails(session))
if not found:
    st.info("No mail has been written yet.")
for mail in found:
    with st.container(border=True, key=f"mail_{mail.id}"):
        st.write(f"**{mail.subject}** to {mail.to}")
        st.text(mail.body)
        for link in re.findall(r"https?://\S+", mail.body):
            st.html(f'<a target="_self" href="{html.escape(link, quote=True)}">Open the link</a>')
