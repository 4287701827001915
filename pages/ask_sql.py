"""SQL over what one has bought."""

import streamlit as st

from pages.parts.choose import chosen_listing
from pages.parts.page import errors_shown, house, signed_in
from pages.parts.result import show_result
from polidat.people import Person
from polidat.query import may_download, most_of_query, my_tables, note_download, query_listing


def taking_away(me: Person, slug: str) -> None:
    """Note a download when somebody clicks; the page may have been drawn long before."""
    here = house()
    note_download(here.database, me, slug, now=here.now())


me = signed_in("query your datasets")
st.title("Query", anchor=False)
listing = chosen_listing(me)
tables, most, downloads = (), "", False
with errors_shown(), house().reading() as session:
    tables = my_tables(session, me, listing.slug)
    most = most_of_query(session, me, listing.slug, now=house().now())
    downloads = may_download(session, me)
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
        show_result(result, note=(lambda: taking_away(me, listing.slug)) if downloads else None)
    else:
        st.caption("One SELECT at a time. Results appear here, with a chart and downloads.")
