"""Questions in plain words, answers with their sources."""

import streamlit as st

from pages.parts.choose import chosen_listing
from pages.parts.page import errors_shown, house, signed_in
from polidat.assistant import Answer, ask_listing


def show_answer(answer: Answer, place: int) -> None:
    """Draw an answer with its SQL, rows and quotations."""
    st.write(answer.text)
    if not answer.answered:
        st.caption(answer.why_not)
        for each in answer.suggestions:
            st.caption(f"You could ask: {each}")
    if answer.rows:
        st.dataframe(list(answer.rows), column_order=answer.columns or None, hide_index=True, key=f"rows_{place}")
    if answer.cost:
        st.caption(f"This answer cost {answer.cost}.")
    if answer.sql:
        st.code(answer.sql, language="sql")
    for each in answer.citations:
        page = f", page {each.page}" if each.page else ""
        st.caption(f"Source: {each.source}{page}, characters {each.start_char:,} to {each.end_char:,}")


me = signed_in("ask your datasets")
st.title("Ask", anchor=False)
listing = chosen_listing(me)
asked = st.session_state.setdefault(f"asked_{listing.slug}", [])
if not asked:
    st.caption("Ask in plain words. Answers show their SQL or quote their source; what cannot be answered is said.")
question = st.chat_input("How many …?", key="question")
if question:
    with errors_shown(), st.spinner("Looking …"):
        here = house()
        answer = ask_listing(here.database, here.query_pool, me, listing.slug, question, now=here.now())
        asked.append(answer)
for place, each in enumerate(asked):
    with st.chat_message("user"):
        st.write(each.question)
    with st.chat_message("assistant"):
        show_answer(each, place)
