"""Subscriptions to datasets: begin, look, end with the period, go on after all."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from polidat.api.bodies import Body
from polidat.api.deps import Buyer, IdempotencyKey, Look, Shopper, TheHouse
from polidat.api.order_bodies import AttestationIn, agreed
from polidat.api.paging import ThePage
from polidat.catalog import Interval, listing_by_slug
from polidat.orders import Subscription, end_subscription, my_subscriptions, subscribe, subscription_of

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])


class NewSubscription(Body):
    """What to subscribe to, paid each `interval`, and the licence you accept, by `licence.id`.

    `attestation` is for listings that ask who their buyers are.
    """

    listing: str
    interval: Interval
    accept_licence: list[int] = Field([], max_length=1)
    attestation: AttestationIn | None = None


class SubscriptionOut(BaseModel):
    """A subscription; amounts in minor units of its currency. `payment_url` is where it begins.

    `period_end` is when it renews, or ends if `ends_with_period`.
    """

    id: str
    title: str
    state: str
    price_minor: int
    currency: str
    interval: str
    period_end: datetime | None
    ends_with_period: bool
    payment_url: str | None = None

    @classmethod
    def of(cls, found: Subscription, payment_url: str | None = None) -> "SubscriptionOut":
        """Return the subscription as the API shows it."""
        return cls(
            id=found.public_id,
            title=found.title,
            state=found.state or "new",
            price_minor=found.price_minor,
            currency=found.currency,
            interval=found.interval,
            period_end=found.period_end,
            ends_with_period=found.ends_with_period,
            payment_url=payment_url,
        )


class EndWithPeriod(Body):
    """Whether the subscription ends with the period that is paid."""

    ends_with_period: bool


@router.post("", status_code=201)
def create_subscription(
    body: NewSubscription,
    house: TheHouse,
    buyer: Buyer,
    idempotency_key: IdempotencyKey,
) -> SubscriptionOut:
    """Get the address where a subscription begins. Repeat with the same key to read it again."""
    with house.reading() as session:
        listing_id = listing_by_slug(session, buyer, body.listing).id
    ref, url = subscribe(
        house.database,
        house.gateway,
        buyer,
        listing_id,
        body.interval,
        key=idempotency_key,
        return_url=f"{house.settings.base_url}/subscriptions",
        now=house.now(),
        agreed=agreed(body.accept_licence, body.attestation),
    )
    with house.reading() as session:
        return SubscriptionOut.of(subscription_of(session, buyer, ref), url)


@router.get("")
def list_subscriptions(session: Look, owner: Shopper, page: ThePage) -> list[SubscriptionOut]:
    """List your subscriptions that ever began, newest first."""
    found = page.of(my_subscriptions(session, owner), lambda each: each.public_id)
    return [SubscriptionOut.of(each) for each in found]


@router.get("/{subscription_id}")
def show_subscription(subscription_id: str, session: Look, owner: Shopper) -> SubscriptionOut:
    """Show one of your subscriptions."""
    return SubscriptionOut.of(subscription_of(session, owner, subscription_id))


@router.patch("/{subscription_id}")
def change_subscription(subscription_id: str, body: EndWithPeriod, house: TheHouse, owner: Buyer) -> SubscriptionOut:
    """Let a subscription end with its period, or go on after all."""
    end_subscription(
        house.database, house.gateway, owner, subscription_id, with_period=body.ends_with_period, now=house.now()
    )
    with house.reading() as session:
        return SubscriptionOut.of(subscription_of(session, owner, subscription_id))
