"""Datasets come in: a streamed upload, and what becomes of it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from polidat.api.deps import Look, Seller, TheHouse, Work
from polidat.catalog import dataset_of, draft_listing, listings_of_seller, open_store, stores_of
from polidat.core import NotFound
from polidat.jobs import ask_to_cancel, latest_run
from polidat.lake import Arrival, files_arriving, receive_upload, upload_of, upload_subject, versions_of
from polidat.people import Person
from polidat.wiring import House, check_kind

router = APIRouter(prefix="/v1", tags=["datasets"])


class UploadOut(BaseModel):
    """An upload and its run."""

    id: str
    state: str
    step: str
    done: int
    total: int | None
    problem: str
    rejected_rows: int | None = None
    version: int | None = None
    blocked: bool | None = None
    status_url: str


@router.post("/datasets", status_code=202)
async def send_dataset(
    request: Request,
    house: TheHouse,
    seller: Seller,
    title: Annotated[str, Query(min_length=1, max_length=120)],
    file_name: Annotated[str, Query(min_length=1, max_length=200)],
    store: Annotated[str, Query(max_length=60)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
) -> UploadOut:
    """Send a file as the request's body; it is streamed to disk and read by a job.

    The store is opened when it is yours and new; a title your store has already gets a new version.
    """
    await run_in_threadpool(check_kind, kind)  # it would fail this upload, and each that comes after it
    with files_arriving(house.inbox, bytes_max=house.settings.upload_bytes_max) as arrival:
        await arrival.take_stream(file_name, request.stream())
    return await run_in_threadpool(_take_in, house, seller, arrival, title=title, store=store, kind=kind)


def _take_in(house: House, seller: Person, arrival: Arrival, *, title: str, store: str, kind: str) -> UploadOut:
    now = house.now()
    with house.unit_of_work() as session:
        own = {each.name: each for each in stores_of(session, seller)} | {
            each.slug: each for each in stores_of(session, seller)
        }
        chosen = own.get(store) or (next(iter(own.values())) if own and not store else None)
        chosen = chosen or open_store(session, seller, store or f"Store of {seller.shown_name}", now=now)
        same = (each for each in listings_of_seller(session, seller) if each.title == title.strip())
        listing = next((each for each in same if each.store_id == chosen.id), None)
        listing = listing or draft_listing(session, seller, chosen, title, now=now)
        dataset = dataset_of(session, listing)
        dataset.kind = kind or dataset.kind
        upload = receive_upload(session, dataset, seller, arrival, now=now)
    with house.reading() as session:
        return _shown(session, seller, upload.public_id, house)


@router.get("/uploads/{upload_id}")
def show_upload(upload_id: str, session: Look, seller: Seller, house: TheHouse) -> UploadOut:
    """Show how far an upload is, and what became of it."""
    return _shown(session, seller, upload_id, house)


@router.post("/uploads/{upload_id}/cancel", status_code=202)
def cancel_upload(upload_id: str, session: Work, seller: Seller, house: TheHouse) -> UploadOut:
    """Ask the job to stop; nothing is committed then."""
    upload = upload_of(session, seller, upload_id)
    run = latest_run(session, upload_subject(upload.public_id))
    if run is None:
        raise NotFound("Nothing is running for this upload.")
    ask_to_cancel(session, run.id)
    session.expire_all()
    return _shown(session, seller, upload_id, house)


def _shown(session: Session, seller: Person, upload_id: str, house: House) -> UploadOut:
    upload = upload_of(session, seller, upload_id)
    run = latest_run(session, upload_subject(upload.public_id))
    versions = versions_of(session, seller, upload.dataset_id)
    made = next((each for each in versions if each.upload_id == upload.id), None)
    return UploadOut(
        id=upload.public_id,
        state=run.state if run else upload.state,
        step=run.step if run else "",
        done=run.done if run else 0,
        total=run.total if run else None,
        problem=run.problem if run else upload.problem,
        rejected_rows=made.rejected_rows if made else None,
        version=made.number if made else None,
        blocked=made.is_blocked if made else None,
        status_url=f"{house.settings.base_url}/api/v1/uploads/{upload.public_id}",
    )
