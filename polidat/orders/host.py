"""Hosting of storefronts: who has to pay, who has paid, and what is taken out of earnings."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog import HostingPolicy, Store, hide_store, hosting_policy, show_store, store_by_slug
from polidat.core import Conflict, Money
from polidat.events import emit, record
from polidat.ledger import HOSTING, Refs, balance_of, credit, debit, post, seller_payable, seller_receivable
from polidat.orders.errors import NoSuchSubscription
from polidat.orders.events import HostingTaken
from polidat.orders.host_back import give_months_back
from polidat.orders.host_models import HostingMonth, NettedHosting
from polidat.orders.models import Subscription, SubscriptionKind
from polidat.orders.subscribe import HOSTING_GRACE, NEVER_PAID, UNBEGUN
from polidat.orders.usage import take_unplanned
from polidat.payments import ENDED
from polidat.people import Person, queue_mail

_GOOD = ("active", "trialing")
_ASKED = "Its free days are over, and hosting is not paid."
_UNPAID = "Its hosting is unpaid."


@dataclass(frozen=True)
class Hosted:
    """How the hosting of a store stands: `why_hidden` is empty while it sells, `netted` what is taken from earnings.

    `free_until` is the end of its free days, None when nothing is asked or they are over.
    """

    store: Store
    why_hidden: str
    free_until: datetime | None
    netted: NettedHosting | None


def hosted(session: Session, owner: Person, stores: Sequence[Store], *, now: datetime) -> Sequence[Hosted]:
    """Return how the hosting of the person's own stores stands."""
    policy = hosting_policy(session)
    return [
        Hosted(
            each,
            _why_hidden(session, each, policy, now=now),
            free if policy.required and (free := policy.free_until(each)) > now else None,
            _open_netting(session, each.id),
        )
        for each in stores
        if each.owner_id == owner.id
    ]


def net_hosting(session: Session, owner: Person, store_slug: str, *, now: datetime) -> NettedHosting:
    """Take the hosting of a store out of what its owner earns, every month from now, or from the end of its free days.

    A checkout of hosting that is still open does not stop it; finished, it ends the netting (`end_for_card`). Raises
    NoSuchStore, NoSuchSubscription for another's, Conflict while it is paid in another way.
    """
    store, policy = _own_store(session, owner, store_slug), hosting_policy(session)
    _lock_cards(session, store.id)
    if _runs_by_card(session, store.id):
        raise Conflict("Hosting of this store is paid by card. End that under “My subscriptions” first.")
    found = session.get(NettedHosting, store.id, with_for_update=True)
    if found is not None and found.ended_at is None:
        return found
    first = max(now, policy.free_until(store), found.next_at if found is not None else now)
    if found is None:
        found = NettedHosting(store_id=store.id)
        session.add(found)
    found.owner_id, found.price_minor, found.currency = owner.id, policy.price_minor, policy.currency
    found.since, found.months, found.next_at, found.ended_at = first, 0, first, None
    if balance_of(session, seller_receivable(owner.id), found.currency) <= 0:
        found.behind_since = None  # who ends it while behind and begins again is behind all the same
    session.flush()
    told = {"way": "netted", "price": found.price}
    record(session, "hosting_way", f"store:{store.id}", by=owner.id, after=told)
    _take_due(session, found, now=now)
    keep_store(session, store.id, now=now)
    return found


def end_netting(session: Session, owner: Person, store_slug: str, *, now: datetime) -> NettedHosting:
    """Take no further month; the one that runs is not given back. Raises NoSuchStore, NoSuchSubscription, Conflict."""
    store = _own_store(session, owner, store_slug)
    found = session.get(NettedHosting, store.id, with_for_update=True)
    if found is None or found.ended_at is not None:
        raise Conflict("Nothing is taken out of your earnings for this store.")
    found.ended_at = now
    session.flush()
    record(session, "hosting_way", f"store:{store.id}", by=owner.id, before={"way": "netted"}, after={"way": "none"})
    keep_store(session, store.id, now=now)
    return found


def end_for_card(session: Session, store_id: int, *, now: datetime) -> bool:
    """Take no further month of a store whose hosting a card pays, and tell its owner; return whether one was taken.

    What of the month that runs is unused, since the card pays for it, is given back.
    """
    found = session.get(NettedHosting, store_id, with_for_update=True, populate_existing=True)
    if found is None or found.ended_at is not None:
        return False
    paid_from = _card_pays_from(session, store_id, now=now)
    back = give_months_back(session, found, paid_from=paid_from, now=now)
    found.ended_at, found.next_at = now, min(found.next_at, paid_from)
    session.flush()
    before, after = {"way": "netted"}, {"way": "card"}
    record(session, "hosting_way", f"store:{store_id}", by=None, before=before, after=after)
    owner, store = session.get_one(Person, found.owner_id), session.get_one(Store, store_id)
    body = f"Hosting of {store.name} is paid by card from now on. No further month is taken out of what you earn.\n"
    if back.minor:
        body += f"{back} of the last month is unused and yours again.\n"
    owed = balance_of(session, seller_receivable(owner.id), found.currency)
    if owed > 0:
        body += f"You still owe {Money(owed, found.currency)}: your next sales pay that first.\n"
    queue_mail(session, owner.email, f"Hosting of {store.name}", body, now=now)
    return True


def take_hosting(session: Session, *, now: datetime) -> int:
    """Take every month that has begun, once; return how many. Run it every hour.

    What is earned and not sent yet pays first, the rest is owed and paid by the next sales. Who owes for two weeks is
    hidden, and a hidden store is taken nothing for, nor one whose hosting a card pays: its netting ends.
    """
    running = select(NettedHosting).where(NettedHosting.ended_at.is_(None)).order_by(NettedHosting.store_id)
    taken = 0
    for each in session.scalars(running.with_for_update(skip_locked=True)).all():
        owes = balance_of(session, seller_receivable(each.owner_id), each.currency)
        if each.behind_since is not None and owes <= 0:
            each.behind_since = None
        if _runs_by_card(session, each.store_id, begun=True):
            end_for_card(session, each.store_id, now=now)
            continue
        taken += _take_due(session, each, now=now)
        session.flush()
        keep_store(session, each.store_id, now=now)
    return taken


def demand_hosting(session: Session, *, now: datetime) -> int:
    """Hide every store whose hosting is asked for and not paid, show those that may be seen; return how many changed.

    Run it every hour, and after the operator has changed what is asked.
    """
    return sum(
        keep_store(session, each, now=now) for each in session.scalars(select(Store.id).order_by(Store.id)).all()
    )


def keep_store(session: Session, store_id: int, *, now: datetime) -> bool:
    """Show or hide a store as its hosting stands, and tell its owner; return whether that changed anything."""
    store = session.get_one(Store, store_id)
    session.refresh(store)
    why = _why_hidden(session, store, hosting_policy(session), now=now)
    if bool(why) == (store.hidden_at is not None):
        return False
    owner = session.get_one(Person, store.owner_id)
    if why:
        hide_store(session, store_id, now=now)
        body = f"{store.name} sells nothing at the moment: {why} Pay it under “My sales”. Buyers keep what they have.\n"
        queue_mail(session, owner.email, f"{store.name} is hidden", body, now=now)
    else:
        show_store(session, store_id)
        queue_mail(session, owner.email, f"{store.name} is shown again", f"{store.name} sells again.\n", now=now)
    return True


def _why_hidden(session: Session, store: Store, policy: HostingPolicy, *, now: datetime) -> str:
    """Empty when the store may sell: by card, out of earnings, in its free days, or because nothing is asked."""
    begun = (Subscription.store_id == store.id) & (Subscription.kind == SubscriptionKind.HOSTING)
    begun &= Subscription.state.not_in((*UNBEGUN, *NEVER_PAID))  # nobody is hidden for having tried
    by_card = session.scalars(select(Subscription).where(begun).order_by(Subscription.id.desc())).all()
    if any(_pays(each, now) for each in by_card):
        return ""
    netted = session.get(NettedHosting, store.id)
    if netted is not None and (netted.ended_at is None or netted.next_at > now):
        late = netted.behind_since is not None and netted.behind_since + HOSTING_GRACE <= now
        return _UNPAID if late else ""
    if policy.required:
        return "" if policy.free_until(store) > now else _ASKED
    return _UNPAID if by_card and netted is None else ""


def _pays(each: Subscription, now: datetime) -> bool:
    if each.state in _GOOD:
        return True
    since = each.past_due_since
    return each.state == "past_due" and (since is None or since + HOSTING_GRACE > now)


def _take_due(session: Session, netted: NettedHosting, *, now: datetime) -> int:
    """Every month that has begun, unless the store is hidden meanwhile: then it begins anew when it is shown."""
    store, taken = session.get_one(Store, netted.store_id), 0
    if _runs_by_card(session, store.id):
        return 0  # its first payment is on its way; if it never comes, the next hour takes the month
    if store.hidden_at is not None:
        if netted.behind_since is not None:
            return 0
        netted.since = netted.next_at = max(now, netted.next_at)
        netted.months = 0
    while netted.next_at <= now:
        _take_month(session, netted, now=now)
        taken += 1
    return taken


def _take_month(session: Session, netted: NettedHosting, *, now: datetime) -> None:
    starts_at, ends_at = netted.next_at, months_later(netted.since, netted.months + 1)
    earned = take_unplanned(session, netted.owner_id, netted.price)
    owed = netted.price - earned
    key, ref = f"hosting_fee:{netted.store_id}:{starts_at:%Y%m%dT%H%M%S}", f"store_{netted.store_id}"
    legs = [
        debit(seller_payable(netted.owner_id), earned),
        debit(seller_receivable(netted.owner_id), owed),
        credit(HOSTING, netted.price),
    ]
    moving = [leg for leg in legs if leg.minor]
    post(session, key, "hosting_fee", moving, occurred_at=now, refs=Refs(order_ref=ref))
    session.add(
        HostingMonth(
            store_id=netted.store_id,
            starts_at=starts_at,
            ends_at=ends_at,
            netted_minor=earned.minor,
            owed_minor=owed.minor,
            currency=netted.currency,
            taken_at=now,
        )
    )
    netted.months, netted.next_at = netted.months + 1, ends_at
    if owed.minor:
        netted.behind_since = netted.behind_since or now
        _dun(session, netted, owed, now=now)
    session.flush()
    emit(session, HostingTaken(netted.store_id, netted.owner_id, netted.price_minor, owed.minor, netted.currency))


def _dun(session: Session, netted: NettedHosting, owed: Money, *, now: datetime) -> None:
    owner, store = session.get_one(Person, netted.owner_id), session.get_one(Store, netted.store_id)
    assert netted.behind_since is not None  # it has just fallen behind
    until = f"{netted.behind_since + HOSTING_GRACE:%d %B %Y}"
    body = (
        f"A month of hosting costs {netted.price}, and what you have earned does not cover {owed} of it. Your next "
        f"sales pay that first. If you still owe it on {until}, {store.name} is hidden until it is paid; "
        "you can pay hosting by card under “My sales” instead.\n"
    )
    queue_mail(session, owner.email, f"Hosting of {store.name}", body, now=now)


def months_later(at: datetime, months: int) -> datetime:
    """Return the same day and time so many months later, or the last day of a shorter month."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))


def _card_pays_from(session: Session, store_id: int, *, now: datetime) -> datetime:
    """When the card's first paid month begins: at once, or with the end of its free days."""
    trial = (Subscription.store_id == store_id) & (Subscription.state == "trialing")
    return session.scalar(select(Subscription.period_end).where(trial).limit(1)) or now


def _open_netting(session: Session, store_id: int) -> NettedHosting | None:
    found = session.get(NettedHosting, store_id)
    return found if found is not None and found.ended_at is None else None


def _own_store(session: Session, owner: Person, slug: str) -> Store:
    store = store_by_slug(session, slug)
    if store.owner_id != owner.id:
        raise NoSuchSubscription
    return store


def _lock_cards(session: Session, store_id: int) -> None:
    """Let no checkout of the store's hosting finish before this unit of work ends: it would not see the netting."""
    open_ones = (Subscription.store_id == store_id) & Subscription.state.not_in(ENDED)
    session.execute(select(Subscription.id).where(open_ones).order_by(Subscription.id).with_for_update())


def _runs_by_card(session: Session, store_id: int, *, begun: bool = False) -> bool:
    """Whether a card pays for hosting; with `begun`, only if its first payment is through."""
    outside = (*UNBEGUN, *ENDED, *(NEVER_PAID if begun else ()))
    running = (Subscription.store_id == store_id) & Subscription.state.not_in(outside)
    return session.scalar(select(Subscription.id).where(running).limit(1)) is not None
