"""A query's result: grid, chart, downloads."""

import streamlit as st

from polidat.query import QueryResult, as_csv, as_parquet


def show_result(result: QueryResult) -> None:
    """Draw a result."""
    cut = " The result was cut at the limit." if result.truncated else ""
    st.caption(f"{result.rows:,} rows in {result.elapsed_ms:,.0f} ms.{cut}")
    if result.rows == 0:
        st.info("No row fits.")
        return
    frame = result.to_arrow()
    grid, chart = st.tabs(["Rows", "Chart"])
    grid.dataframe(frame, hide_index=True, key="result_grid")
    with chart:
        _chart(result)
    with st.container(horizontal=True):
        st.download_button("Download CSV", as_csv(result), "result.csv", "text/csv", key="csv")
        st.download_button("Download Parquet", as_parquet(result), "result.parquet", key="parquet")


def _chart(result: QueryResult) -> None:
    numbers = [
        name
        for name, kind in result.columns
        if kind.upper().startswith(("BIG", "INT", "DOUBLE", "DEC", "HUGE", "FLOAT"))
    ]
    others = [name for name, _ in result.columns]
    if not numbers or len(others) < 2:
        st.info("A chart needs a column of numbers and one to set them against.")
        return
    down = st.selectbox("Show", numbers, index=len(numbers) - 1, key="chart_y")
    across = st.selectbox("Against", [each for each in others if each != down], key="chart_x")
    data = {name: result.to_arrow().column(name).to_pylist()[:1000] for name in (across, down)}
    data[down] = [None if each is None else float(each) for each in data[down]]
    st.bar_chart(data, x=across, y=down)
