"""SQL over what one has bought."""

import streamlit as st

from pages.parts.choose import chosen_listing
from pages.parts.page import errors_shown, house, signed_in
from pages.parts.result import show_result
from polidat.query import most_of_query, my_tables, query_listing

me = signed_in("query your datasets")
st.title("Query", anchor=False)
listing = chosen_listing(me)
tables, most = (), ""
with errors_shown(), house().reading() as session:
    tables = my_tables(session, me, listing.slug)
    most = most_of_query(session, me, listing.slug, now=house().now())
if not tables:
    st.stop()

editor, browser = st.columns([3, 1], gap="large")
with browser:
    st.caption("Tables")
    for table in tables:
        with st.expander(f"{table.name} · {table.rows:,}"):
            st.code("\n".join(f"{each.name}  {each.type[:40]}" for each in table.columns), language=None)
with editor:
    first = f"SELECT *\nFROM {tables[0].name}\nLIMIT 100"
    sql = st.text_area("SQL", first, height=180, key=f"sql_{listing.slug}")
    if most:
        st.caption(f"A query costs at most {most}, taken from your wallet; a refused one costs nothing.")
    if st.button("Run", type="primary", key="run"):
        st.session_state.pop(f"result_{listing.slug}", None)
        with errors_shown(), st.spinner("Running …"):
            here = house()
            st.session_state[f"result_{listing.slug}"] = query_listing(
                here.database, here.query_pool, me, listing.slug, sql, limits=here.query_limits, now=here.now()
            )
    if result := st.session_state.get(f"result_{listing.slug}"):
        show_result(result)
    else:
        st.caption("One SELECT at a time. Results appear here, with a chart and downloads.")
