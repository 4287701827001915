"""A query's result: grid, chart, downloads."""

from collections.abc import Callable
from typing import Literal

import polars as pl
import streamlit as st

from polidat.core import micros_text
from polidat.query import QueryResult, as_csv, as_parquet

_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "HUGEINT", "UINT", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL")
_TIMES = ("DATE", "TIMESTAMP", "TIME")
_DRAWN_MAX = 5_000
_SHOWN_MAX, _CELL_CHARS = 50, 60
_BARS_MAX = 60


def show_result(result: QueryResult, *, note: Callable[[], None] | None) -> None:
    """Draw a result. `note` is told of each download; without it downloads rest, and nothing can be taken away."""
    cut = " The result was cut at the limit." if result.truncated else ""
    cost = f" It cost {micros_text(result.cost_micros, result.cost_currency)}." if result.cost_micros else ""
    st.caption(f"{result.rows:,} rows in {result.elapsed_ms:,.0f} ms.{cut}{cost}")
    if result.rows == 0:
        st.info("No row fits.")
        return
    if note is None:
        st.warning(
            "Your downloads rest until we have looked at how they were used. Write to the operator. Meanwhile you see "
            f"the first {_SHOWN_MAX} rows here, long texts cut."
        )
    grid, chart = st.tabs(["Rows", "Chart"])
    if note is not None:
        grid.dataframe(result.to_arrow(), hide_index=True, key="result_grid")
    else:
        grid.table(_shown(result))  # the grid above has a download of its own
    with chart:
        _chart(result)
    if note is None:
        return
    with st.container(horizontal=True):
        # made when somebody clicks, not each time the page is drawn
        st.download_button(
            "Download CSV", lambda: taken(note, as_csv, result), "result.csv", "text/csv", key="csv", on_click="ignore"
        )
        st.download_button(
            "Download Parquet", lambda: taken(note, as_parquet, result), "result.parquet", key="parquet",
            on_click="ignore",
        )  # fmt: skip


def taken(note: Callable[[], None], make: Callable[[QueryResult], bytes], result: QueryResult) -> bytes:
    """Return the file of a result; who may not take it away any more is refused before it is made."""
    note()
    return make(result)


def chart_kind(kind: str, rows: int) -> Literal["line", "bar", "points"]:
    """Return how numbers over a column of this type are drawn best: a course, a comparison, or a cloud."""
    if kind.upper().startswith(_TIMES):
        return "line"
    return "points" if kind.upper().startswith(_NUMBERS) and rows > _BARS_MAX else "bar"


def _shown(result: QueryResult) -> list[dict[str, str]]:
    """The first rows as short texts, whatever their types."""
    rows = result.to_arrow().slice(0, _SHOWN_MAX).to_pylist()
    return [{name: "" if cell is None else str(cell)[:_CELL_CHARS] for name, cell in row.items()} for row in rows]


def _chart(result: QueryResult) -> None:
    kinds = dict(result.columns)
    numbers = [name for name, kind in result.columns if kind.upper().startswith(_NUMBERS)]
    if not numbers or len(kinds) < 2:
        st.info("A chart needs a column of numbers and one to set them against. Select two columns, such as a group "
                "and its count.")  # fmt: skip
        return
    left, right = st.columns(2)
    down = left.selectbox("Show", numbers, index=len(numbers) - 1, key="chart_y")
    across = right.selectbox("Against", [each for each in kinds if each != down], key="chart_x")
    frame = pl.DataFrame(result.to_arrow().select([across, down])).head(_DRAWN_MAX)
    frame = frame.with_columns(pl.col(down).cast(pl.Float64))
    if result.rows > _DRAWN_MAX:
        st.caption(f"The first {_DRAWN_MAX:,} of {result.rows:,} rows are drawn.")
    match chart_kind(kinds[across], result.rows):
        case "line":
            st.line_chart(frame.sort(across), x=across, y=down)
        case "points":
            st.scatter_chart(frame, x=across, y=down)
        case "bar":
            if frame.height > _BARS_MAX:
                st.caption(f"The {_BARS_MAX} largest of {frame.height:,} are drawn.")
                frame = frame.sort(down, descending=True, nulls_last=True).head(_BARS_MAX)
            st.bar_chart(frame, x=across, y=down, sort=False)
