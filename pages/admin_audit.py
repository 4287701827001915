"""The audit log: who changed what, newest first."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from pages.parts.page import errors_shown, house, loading, signed_in
from polidat.events import AuditEntry, audit_entries
from polidat.wiring import check_audit, seal_books

_PAGE = 100


def as_csv(entries: Sequence[AuditEntry]) -> bytes:
    """Return entries as a file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "at", "actor", "action", "object", "before", "after", "before_hash", "after_hash"])
    for each in entries:
        writer.writerow(
            [
                each.id,
                each.at.isoformat(),
                each.actor_id,
                each.action,
                each.object,
                each.before,
                each.after,
                each.before_hash,
                each.after_hash,
            ]
        )
    return out.getvalue().encode()


def told(values: dict[str, str]) -> str:
    """Return what changed in one line."""
    return ", ".join(f"{name} {value}" for name, value in values.items())


me = signed_in("run the marketplace")
if not me.is_operator:
    st.error("This page is for operators.")
    st.stop()
st.title("Audit log", anchor=False)
with st.container(horizontal=True):
    actor = st.text_input("Person (number)", key="audit_actor")
    action = st.text_input("Action", key="audit_action", placeholder="price, refund, access …")
    of = st.text_input("Of", key="audit_of", placeholder="order:, listing:, store: …")
older = st.session_state.get("audit_older")
entries: Sequence[AuditEntry] = []
with errors_shown(), loading() as session:
    entries = audit_entries(
        session,
        actor_id=int(actor) if actor.strip().isdecimal() else None,
        action=action.strip(),
        of=of.strip(),
        before_id=older,
        limit=_PAGE,
    )
if not entries:
    st.info("Nothing fits, or nothing was changed yet.")
else:
    rows = [
        {"at": each.at, "person": each.actor_id, "action": each.action, "of": each.object,
         "before": told(each.before), "after": told(each.after)}
        for each in entries
    ]  # fmt: skip
    st.dataframe(rows, hide_index=True, key="audit")
with st.container(horizontal=True):
    if older and st.button("Newest", key="audit_newest"):
        st.session_state.pop("audit_older")
        st.rerun()
    if len(entries) == _PAGE and st.button("Older", key="audit_next"):
        st.session_state["audit_older"] = entries[-1].id
        st.rerun()
    if entries:
        st.download_button("Download CSV", lambda: as_csv(entries), "audit.csv", "text/csv", key="audit_csv",
                           on_click="ignore")  # fmt: skip
    if st.button("Check the chain", key="audit_check"):
        with errors_shown(), st.spinner("Checking …"):
            seal_books(house())
            found = check_audit(house())
            if found.holds:
                st.success(f"{found.sealed:,} entries are as they were sealed.")
            else:
                st.error(found.problem)
