"""What Stripe tells us, and whether we are alive."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool

from polidat.api.deps import Look, TheHouse
from polidat.core import TooMuch
from polidat.payments import receive_event
from polidat.wiring import House

router = APIRouter(tags=["inside"])
_EVENT_BYTES_MAX = 1 << 20


@router.post("/stripe/webhook", include_in_schema=False)
async def take_event(
    request: Request, house: TheHouse, stripe_signature: Annotated[str | None, Header()] = None
) -> dict[str, bool]:
    """Store a signed event; its work is a job. Anything unsigned is refused."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _EVENT_BYTES_MAX:
            raise TooMuch("An event is at most 1 MiB.")
    return {"taken": await run_in_threadpool(_receive, house, bytes(body), stripe_signature)}


def _receive(house: House, body: bytes, signature: str | None) -> bool:
    with house.unit_of_work() as session:
        return receive_event(session, house.gateway, body, signature, secrets=house.webhook_secrets, now=house.now())


@router.get("/health")
def show_health(session: Look) -> dict[str, str]:
    """Answer when the database does."""
    session.connection()
    return {"status": "ok"}
