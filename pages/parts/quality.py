"""A validation report, drawn."""

from typing import Any

import streamlit as st


def show_quality(report: dict[str, Any]) -> None:
    """Draw each expectation with its outcome, and rows at fault where there are some."""
    results = [each for each in report.get("results", []) if each["applicable"]]
    if not results:
        st.info("No expectation applies to this data.")
        return
    failed = [each for each in results if not each["success"]]
    st.write(f"{len(results) - len(failed)} of {len(results)} expectations hold.")
    st.dataframe(
        [
            {
                "holds": each["success"],
                "expectation": each["title"],
                "table": each["table"],
                "column": each["column"],
                "rows at fault": each["unexpected_count"],
                "blocks publication": each["blocking"],
            }
            for each in results
        ],
        hide_index=True,
        key="quality",
    )
    for place, each in enumerate(failed):
        with st.expander(f"{each['title']}: rows at fault"):
            if each["problem"]:
                st.warning(each["problem"])
            st.dataframe(each["examples"], hide_index=True, key=f"faults_{place}")
