"""Buyers about whom a seller decides, within a day."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from polidat.api.bodies import Body
from polidat.api.deps import Id, Look, Payer, Seller, TheHouse, Work
from polidat.api.paging import ThePage
from polidat.orders import Question, approve_buyer, questions_for, refuse_buyer

router = APIRouter(prefix="/v1/seller/requests", tags=["requests"])


class RequestOut(BaseModel):
    """A buyer who has ordered a line of yours: who, where and what for. After `due_at` it goes back."""

    id: int
    order: str
    line: int
    title: str
    price_minor: int
    currency: str
    who: str
    country: str
    purpose: str
    note: str
    due_at: datetime

    @classmethod
    def of(cls, found: Question) -> "RequestOut":
        """Return the request as the API shows it."""
        asked, line = found.attestation, found.line
        return cls(
            id=asked.id,
            order=found.order,
            line=line.number,
            title=line.title,
            price_minor=line.price_minor,
            currency=line.currency,
            who=asked.who,
            country=asked.country,
            purpose=asked.purpose,
            note=line.note,
            due_at=found.due_at,
        )


class Refusal(Body):
    """Why, for the buyer."""

    reason: str = Field(max_length=500)


@router.get("")
def list_requests(session: Look, seller: Seller, page: ThePage) -> list[RequestOut]:
    """List the buyers about whom you have to decide, the most urgent first."""
    found = page.of(questions_for(session, seller), lambda each: each.attestation.id)
    return [RequestOut.of(each) for each in found]


@router.post("/{request_id}/approve", status_code=204)
def approve(request_id: Id, house: TheHouse, session: Work, seller: Seller) -> None:
    """Let a buyer have what they ordered."""
    approve_buyer(session, seller, request_id, now=house.now())


@router.post("/{request_id}/refuse", status_code=204)
def refuse(request_id: Id, body: Refusal, house: TheHouse, session: Work, seller: Payer) -> None:
    """Refuse a buyer, who is told the reason and gets everything back."""
    refuse_buyer(session, seller, request_id, body.reason, now=house.now())
