"""Ask for money: a payment link per order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from polidat.core import Broken, Money, new_public_id
from polidat.db import Database
from polidat.jobs import defer
from polidat.payments.errors import SellerNotReady, StripeRefused
from polidat.payments.facts import LinkFacts, LinkItem, LinkWish, ShippingWish
from polidat.payments.gateway import Gateway
from polidat.payments.locks import lock_object
from polidat.payments.models import Payment, PaymentState, SellerAccount

CLOSE_LINK = "payments.close_link"
_KEY_LIFE = timedelta(hours=20)  # Stripe forgets an idempotency key after a day
_RUNNING = (PaymentState.NEW, PaymentState.OPEN, PaymentState.PROCESSING)
_CANNOT_RECEIVE = "insufficient_capabilities_for_transfer"


@dataclass(frozen=True)
class PaymentWish:
    """What to ask a buyer for. `subject` is the order's public id, `fee_minor` the house's commission.

    `netted_minor` is kept back as well, for what the seller owes the house. Without a seller the money is shared later.
    With `is_hold` it is only held on the buyer's card, for seven days at most, until it is captured or let go.
    With `shipping` the buyer is asked where to. With `thanks` it is a payment link that anybody may pay,
    once; these words are shown to whoever did.
    """

    subject: str
    seller_id: int | None
    items: tuple[LinkItem, ...]
    currency: str
    fee_minor: int
    return_url: str
    netted_minor: int = 0
    is_hold: bool = False
    shipping: ShippingWish | None = None
    thanks: str = ""

    @property
    def amount(self) -> Money:
        """The sum of the items, and of their delivery."""
        delivery = self.shipping.price_minor if self.shipping is not None else 0
        return Money(sum(item.price_minor * item.quantity for item in self.items) + delivery, self.currency)


def note_payment(session: Session, wish: PaymentWish, *, now: datetime) -> Payment:
    """Write down that we want this paid; commit it before `open_link` asks Stripe.

    A payment for the same subject that is still running is returned instead. Raises SellerNotReady.
    """
    destination = None if wish.seller_id is None else _account_of(session, wish.seller_id)
    lock_object(session, wish.subject)  # two clicks ask one after the other
    running = _running(session, wish.subject)
    if running is not None:
        if running.link_id is not None or now - running.created_at < _KEY_LIFE:
            return running
        # its link, if it was ever made, has an address nobody knows
        running.state = PaymentState.CLOSED
        session.flush()
    payment = Payment(
        public_id=new_public_id("pay"),
        subject=wish.subject,
        seller_id=wish.seller_id,
        destination=destination,
        items=[asdict(item) for item in wish.items],
        amount_minor=wish.amount.minor,
        currency=wish.currency,
        fee_minor=wish.fee_minor,
        netted_minor=wish.netted_minor,
        is_hold=wish.is_hold,
        thanks=wish.thanks,
        ships=wish.shipping is not None,
        shipping_minor=wish.shipping.price_minor if wish.shipping else 0,
        ship_countries=list(wish.shipping.countries) if wish.shipping else [],
        ship_name=wish.shipping.name if wish.shipping else "",
        ship_days_from=wish.shipping.days[0] if wish.shipping and wish.shipping.days else None,
        ship_days_to=wish.shipping.days[1] if wish.shipping and wish.shipping.days else None,
        return_url=wish.return_url,
        created_at=now,
    )
    session.add(payment)
    session.flush()
    return payment


def open_link(database: Database, gateway: Gateway, payment_ref: str, *, now: datetime) -> str:
    """Return the address where the payment is paid, making the link if there is none yet.

    No transaction is open while Stripe is asked, and our id is the idempotency key: after a crash in between, asking
    again gives the same link. Raises SellerNotReady, StripeAway, StripeRefused.
    """
    with database.reading() as session:
        payment = _payment(session, payment_ref)
    if payment.link_url is not None:
        return payment.link_url
    try:
        link = gateway.open_link(_wish_of(payment))
    except StripeRefused as error:
        if error.code == _CANNOT_RECEIVE:
            raise SellerNotReady from error
        raise
    with database.unit_of_work() as session:
        keep_link(session, payment_ref, link, now=now)
    return link.url


def keep_link(session: Session, payment_ref: str, link: LinkFacts, *, now: datetime) -> None:
    """Note the link of a payment."""
    values = {"link_id": link.id, "link_url": link.url, "opened_at": now}
    session.execute(update(Payment).where(Payment.public_id == payment_ref).values(values))
    was_new = (Payment.public_id == payment_ref) & (Payment.state == PaymentState.NEW)
    session.execute(update(Payment).where(was_new).values(state=PaymentState.OPEN))


def close_payments(session: Session, subject: str) -> None:
    """Let nobody start paying for the subject any more; a job per link tells Stripe, as often as it takes.

    What was begun before may still arrive, and is taken.
    """
    mine = (Payment.subject == subject) & Payment.state.in_((PaymentState.NEW, PaymentState.OPEN))
    closing = update(Payment).where(mine).values(state=PaymentState.CLOSED).returning(Payment.link_id)
    for link_id in filter(None, session.scalars(closing).all()):
        defer(session, CLOSE_LINK, once=f"close:{link_id}", link_id=link_id)


def close_link(database: Database, gateway: Gateway, link_id: str, *, now: datetime) -> None:
    """Close a link at Stripe. Safe to repeat. Raises StripeAway, to be tried again."""
    del database, now
    gateway.close_link(link_id)


def payments_of(session: Session, subject: str) -> Sequence[Payment]:
    """Return every payment asked for on the subject, newest first."""
    return session.scalars(select(Payment).where(Payment.subject == subject).order_by(Payment.id.desc())).all()


def _account_of(session: Session, seller_id: int) -> str:
    account = session.get(SellerAccount, seller_id)
    if account is None or account.stripe_id is None or not account.charges_enabled:
        raise SellerNotReady
    return account.stripe_id


def _running(session: Session, subject: str) -> Payment | None:
    running = (Payment.subject == subject) & Payment.state.in_(_RUNNING)
    return session.scalar(select(Payment).where(running))


def _payment(session: Session, payment_ref: str) -> Payment:
    found = session.scalar(select(Payment).where(Payment.public_id == payment_ref))
    if found is None:
        raise Broken("This payment does not exist.", payment=payment_ref)
    return found


def _wish_of(payment: Payment) -> LinkWish:
    return LinkWish(
        ref=payment.public_id,
        subject=payment.subject,
        items=tuple(LinkItem(**item) for item in payment.items),
        currency=payment.currency,
        fee_minor=payment.fee_minor + payment.netted_minor,
        destination=payment.destination,
        return_url=payment.return_url,
        is_hold=payment.is_hold,
        thanks=payment.thanks,
        shipping=_shipping_of(payment),
    )


def _shipping_of(payment: Payment) -> ShippingWish | None:
    if not payment.ships:
        return None
    first, last = payment.ship_days_from, payment.ship_days_to
    days = (first, last) if first is not None and last is not None else None
    return ShippingWish(payment.shipping_minor, tuple(payment.ship_countries), payment.ship_name, days)
