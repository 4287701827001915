"""Each day of the books as files, and the anchors: what is kept, who signed it, and whether it is as it was written."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st

from pages.parts.look import same_tab
from pages.parts.page import errors_shown, house, signed_in
from polidat.wiring import (
    Checked,
    KeptExport,
    anchor_public_key,
    check_kept_export,
    export_lately,
    keep_anchor,
    kept_anchors,
    kept_exports,
    seal_of,
    trusted_keys,
)

_HASH_SHOWN = 16


def show_days(exports: Sequence[KeptExport]) -> None:
    """Draw the days that are kept, one line each."""
    rows = [
        {
            "day": each.day,
            "lines": each.journal_lines,
            "total": ", ".join(f"{sums['debit']} {code.upper()}" for code, sums in each.told["totals"].items()) or "–",
            "journal's SHA-256": f"{each.journal_sha256[:_HASH_SHOWN]}…",
            "head at": each.told["chain"]["seq"],
            "signature": each.seal,
        }
        for each in exports
    ]
    st.dataframe(
        rows,
        hide_index=True,
        column_config={"total": st.column_config.TextColumn("total", help="Debits of the day, equal to its credits.")},
        key="export_days",
    )


def show_day(exports: Sequence[KeptExport]) -> None:
    """Draw one day: its files to take away, and the check."""
    by_day = {each.day: each for each in exports}
    day = st.selectbox("Day", list(by_day), format_func=lambda each: f"{each:%d %B %Y}", key="export_day", width=220)
    chosen = by_day[day]
    files = (("journal", "Journal"), ("movements", "Stripe's movements"), ("manifest", "Manifest"))
    for column, (what, label) in zip(st.columns([2, 3, 2, 5]), files, strict=False):
        with column:
            same_tab(label, f"/download/export?day={day}&file={what}", key=f"export_{what}", quiet=True)
    st.caption(f"Written {chosen.told['made_at']}. {chosen.signature}")
    if not st.button("Check this day", icon=":material/verified:", key="check_export"):
        return
    with errors_shown(), st.spinner("Adding it up again …"):
        show_checks(check_kept_export(house(), day))


def show_checks(found: Sequence[Checked]) -> None:
    """Draw what was looked at, one line each."""
    if all(each.holds for each in found):
        st.success("This day is as it was written.")
    else:
        st.error("Not everything is right with this day. Compare it with the copy you keep elsewhere.")
    for each in found:
        st.markdown(f":{'green' if each.holds else 'red'}[:material/{'check' if each.holds else 'close'}:] {each.says}")


def show_anchors(anchors: Sequence[Mapping[str, Any]], trusted: Sequence[str]) -> None:
    """Draw the anchors, newest first."""
    if not anchors:
        st.info("No anchor is kept yet. The first comes tonight, or with the button.")
        return
    st.dataframe(
        [
            {
                "kept": str(each.get("at", "")),
                "transactions": each.get("seq"),
                "head": f"{str(each.get('hash', ''))[:_HASH_SHOWN]}…",
                "audit entries": each.get("audit_seq"),
                "signature": seal_of(each, trusted),
            }
            for each in anchors
        ],
        hide_index=True,
        key="anchors",
    )


def lately(today: date) -> None:
    """Draw the button that exports what is missing."""
    if st.button("Export the last days now", icon=":material/archive:", key="export_now"):
        with errors_shown():
            with st.spinner("Writing …"):
                made = export_lately(house())
            st.toast(f"{len(made)} days written." if made else f"All days until {today - timedelta(days=1)} are kept.")
            if made:
                st.rerun()


me = signed_in("see the exports")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Exports", anchor=False)
here = house()
key, exports, anchors = "", list[KeptExport](), list[Mapping[str, Any]]()
with errors_shown(), st.spinner("Reading …"):
    key, exports, anchors = anchor_public_key(here), list(kept_exports(here)), list(kept_anchors(here))
if key:
    st.caption(f"Manifests and anchors are signed; public key `{key}`. Keep it elsewhere.")
else:
    st.warning("Nothing is signed: whoever can write the files can forge them. Set POLIDAT_ANCHOR_KEY.")
st.subheader("Days", anchor=False)
if exports:
    show_days(exports)
    show_day(exports)
else:
    st.info("No day is exported yet. Each night writes the day before; the button writes the last two weeks.")
lately(here.now().date())
st.subheader("Anchors", anchor=False)
show_anchors(anchors, trusted_keys(here.settings))
if st.button("Keep an anchor now", icon=":material/anchor:", key="anchor_now"):
    with errors_shown():
        keep_anchor(here)
        st.rerun()
