"""Take files in, and watch what becomes of them."""

import streamlit as st

from pages.parts.page import errors_shown, house
from polidat.jobs import Run, RunState, ask_to_cancel, latest_run
from polidat.lake import Dataset, files_arriving, receive_upload, upload_subject
from polidat.people import Person

_STEPS = {"read": 0.1, "profile": 0.4, "cast": 0.5, "validate": 0.7, "chunk": 0.8, "embed": 0.85, "commit": 0.95}
_PIECE_BYTES = 1 << 20


def receive_files(dataset: Dataset, me: Person) -> None:
    """Draw the uploader; small files only, larger ones come through the API."""
    st.caption(
        "CSV, TSV, JSON, NDJSON, Parquet, Excel, YAML, text, Markdown, PDF, zipped too; several at once become several "
        "tables. Larger than 200 MB: use the API or the command line."
    )
    count = st.session_state.setdefault("uploads", 0)
    chosen = st.file_uploader("Files", accept_multiple_files=True, key=f"files_{dataset.id}_{count}")
    if not chosen or not st.button("Upload", type="primary", key="upload"):
        return
    here = house()
    with errors_shown():
        with st.spinner("Receiving …"), files_arriving(here.inbox, bytes_max=here.settings.upload_bytes_max) as arrival:
            for each in chosen:
                arrival.take(each.name, iter(lambda source=each: source.read(_PIECE_BYTES), b""))
        with here.unit_of_work() as session:
            receive_upload(session, dataset, me, arrival, now=here.now())
        st.session_state["uploads"] = count + 1
        st.rerun()


def watch_upload(upload_id: str) -> None:
    """Draw how far the newest upload is; it refreshes itself until it is over."""
    run = _run(upload_id)
    if run is None:
        return
    if run.is_over:
        _show_end(run)
        return
    _watching(upload_id)


@st.fragment(run_every=1)
def _watching(upload_id: str) -> None:
    run = _run(upload_id)
    if run is None or run.is_over:
        st.rerun()
        return
    share = run.done / run.total if run.total else _STEPS.get(run.step, 0.05)
    st.progress(min(1.0, share), text=f"{run.step or 'waiting for a worker'} … {run.note}")
    if st.button("Cancel", key="cancel_upload"):
        with errors_shown(), house().unit_of_work() as session:
            ask_to_cancel(session, run.id)


def _run(upload_id: str) -> Run | None:
    with house().reading() as session:
        return latest_run(session, upload_subject(upload_id))


def _show_end(run: Run) -> None:
    if run.state == RunState.DONE:
        st.success("Read, checked and committed.")
    else:
        st.error(run.problem or "It was stopped.")
