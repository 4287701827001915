"""Buyers about whom the seller decides: who, where, what for, and until when."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from pages.parts.words import plain
from polidat.orders import Question, approve_buyer, questions_for, refuse_buyer
from polidat.people import Person


def show_question(each: Question, me: Person) -> None:
    """Draw a buyer's answers and the two decisions."""
    asked, number = each.attestation, each.attestation.id
    with st.container(border=True, key=f"request_{number}"):
        st.write(
            f"**{plain(each.line.title)}** · {each.line.price if each.line.price_minor else 'free'} · {each.order}"
        )
        st.text(f"{asked.who}\n{asked.country}\n{asked.purpose}")
        if each.line.note:
            st.text(f"Note to you: {each.line.note}")
        st.caption(f"Decide until {each.due_at:%d %B %Y, %H:%M} UTC; after that the buyer gets everything back.")
        reason = st.text_input("Why you refuse, for the buyer", key=f"reason_{number}", max_chars=500)
        with st.container(horizontal=True):
            approved = st.button("Approve", type="primary", key=f"approve_{number}")
            refused = st.button("Refuse and give back", key=f"refuse_{number}")
    if approved or refused:
        with errors_shown():
            with house().unit_of_work() as session:
                if approved:
                    approve_buyer(session, me, number, now=house().now())
                else:
                    refuse_buyer(session, me, number, reason, now=house().now())
            st.rerun()


me = signed_in("decide about buyers")
st.title("Requests", anchor=False)
questions: Sequence[Question] = []
with errors_shown(), loading() as session:
    questions = questions_for(session, me)
if not questions:
    st.info("Nobody waits for your decision.")
for each in questions:
    show_question(each, me)
