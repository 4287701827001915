"""What the house takes: the rules, what follows from them for a listing, and what a store returns with a refund."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from polidat.catalog.errors import NoSuchListing, NoSuchRule, NoSuchStore, ShareOnly
from polidat.catalog.events import CommissionRuleAdded, CommissionRuleEnded
from polidat.catalog.models import CommissionKind, CommissionRule, Listing, RuleScope, Store
from polidat.catalog.rules import CommissionTerms, category_of, resolve, terms_of
from polidat.core import Broken, Conflict, Invalid, Money, NotAllowed, currency
from polidat.events import emit, record
from polidat.people import Person

_BPS_MAX = 5_000
# Stripe takes only a percentage of a subscription's invoices
# (https://docs.stripe.com/connect/subscriptions), and single uses are parts of cents
_SHARE_ONLY = (CommissionKind.SUBSCRIPTION, CommissionKind.USAGE)


@dataclass(frozen=True)
class NewRule:
    """A rule an operator wants. `target` is a category, or the short name (slug) of a store or listing.

    Amounts are in minor units of `currency`, which is empty where there are none. Without `valid_from` it holds at
    once, without `valid_to` until it is ended or followed by another version.
    """

    kind: CommissionKind
    bps: int
    scope: RuleScope = RuleScope.DEFAULT
    target: str = ""
    currency: str = ""
    fixed_minor: int = 0
    min_minor: int = 0
    max_minor: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class Rate:
    """What the house takes of one kind of sale of a listing, as things are now."""

    listing: Listing
    kind: CommissionKind
    terms: CommissionTerms

    @property
    def shown(self) -> str:
        """The rate for people."""
        return self.terms.shown(self.listing.currency)


def add_rule(session: Session, operator: Person, wanted: NewRule, *, now: datetime) -> CommissionRule:
    """Set what the house takes from some moment on. The rule about the same that was open ends then.

    A rule with an end of its own rests on the open one, which holds again afterwards.
    What was sold before keeps the terms it was sold with. Raises NotAllowed for anybody but an operator, NoSuchStore,
    NoSuchListing, ShareOnly, Invalid for numbers or times that cannot be, Conflict when a later one is set already.
    """
    _check_operator(operator)
    begins = wanted.valid_from or now
    _check_numbers(wanted)
    if begins < now or (wanted.valid_to is not None and wanted.valid_to <= begins):
        raise Invalid("A rule begins now or later, and ends after it begins.")
    rule = _row(session, wanted, begins)
    same = _same(session, rule)
    before = next((each for each in same if each.valid_to is None), None)
    if before is not None and wanted.valid_to is None:
        if before.valid_from > begins:
            raise Conflict(f"Another rule for this begins on {before.valid_from:%d %B %Y}. End that one first.")
        before.valid_to = begins
        session.flush()
    rule.version = 1 + max((each.version for each in same), default=0)
    try:
        with session.begin_nested():
            session.add(rule)
    except IntegrityError:
        raise Conflict("Somebody else has just set this rule. Look at the list again.") from None
    told = {"before": _numbers(before) if before is not None else None, "after": _numbers(rule)}
    record(session, "commission", f"commission_rule:{rule.id}", by=operator.id, **told)
    emit(session, CommissionRuleAdded(rule.id, operator.id, rule.scope, rule.kind, rule.bps, rule.version))
    return rule


def end_rule(session: Session, operator: Person, rule_id: int, *, now: datetime) -> CommissionRule:
    """Let a rule hold no more; one that has not begun never will. A wider rule holds instead.

    Raises NotAllowed for anybody but an operator, NoSuchRule, Conflict for a default or one that has ended.
    """
    _check_operator(operator)
    rule = session.scalar(select(CommissionRule).where(CommissionRule.id == rule_id).with_for_update())
    if rule is None:
        raise NoSuchRule
    if rule.scope == RuleScope.DEFAULT and not rule.currency:
        raise Conflict("A default cannot be ended: something must hold. Add another one, and it follows this.")
    if rule.valid_to is not None and rule.valid_to <= now:
        raise Conflict("This rule has ended already.")
    before, rule.valid_to = rule.valid_to, max(now, rule.valid_from)
    session.flush()
    told = {"before": {"valid_to": before}, "after": {"valid_to": rule.valid_to}}
    record(session, "commission", f"commission_rule:{rule.id}", by=operator.id, **told)
    emit(session, CommissionRuleEnded(rule.id, operator.id))
    return rule


def commission_rules(session: Session, operator: Person) -> Sequence[CommissionRule]:
    """Return every rule there is or was, newest first. Raises NotAllowed for anybody but an operator."""
    _check_operator(operator)
    named = select(CommissionRule).options(joinedload(CommissionRule.store), joinedload(CommissionRule.listing))
    return session.scalars(named.order_by(CommissionRule.id.desc())).all()


def terms_for(session: Session, listing: Listing, kind: CommissionKind, code: str, *, now: datetime) -> CommissionTerms:
    """Return what the house takes of a sale of this kind in this currency, as it is at `now`.

    Raises Broken when no rule holds: there is always a default.
    """
    found = resolve(_about(session, [listing], [kind], now), listing, kind, code, at=now)
    if found is None:
        raise Broken("No commission rule holds.", listing=listing.id, kind=kind)
    return terms_of(found)


def rates_of(session: Session, seller: Person, *, now: datetime) -> Sequence[Rate]:
    """Return what the house takes of a seller's listings now: of sales, periods of subscriptions and single uses."""
    listings = session.scalars(
        select(Listing).join(Store).where(Store.owner_id == seller.id).order_by(Listing.title, Listing.id)
    ).all()
    kinds = (CommissionKind.SALE, CommissionKind.SUBSCRIPTION, CommissionKind.USAGE)
    rules = _about(session, listings, kinds, now)
    return [
        Rate(listing, kind, terms_of(found))
        for listing in listings
        for kind in kinds
        if (found := resolve(rules, listing, kind, listing.currency, at=now)) is not None
    ]


def set_refund_policy(session: Session, owner: Person, store_slug: str, *, keeps_fee: bool) -> Store:
    """Say who bears the commission of a refunded sale: the house returns it, or, with `keeps_fee`, the seller does.

    Orders placed before keep the policy they were placed with. Raises NoSuchStore.
    """
    store = session.scalar(select(Store).where(Store.slug == store_slug))
    if store is None or store.owner_id != owner.id:
        raise NoSuchStore(store_slug)
    if store.keeps_fee != keeps_fee:
        changed = {"before": {"keeps_fee": store.keeps_fee}, "after": {"keeps_fee": keeps_fee}}
        store.keeps_fee = keeps_fee
        session.flush()
        record(session, "refund_policy", f"store:{store.id}", by=owner.id, **changed)
    return store


def all_stores(session: Session, operator: Person) -> Sequence[Store]:
    """Return every store by name. Raises NotAllowed for anybody but an operator."""
    if not operator.is_operator:
        raise NotAllowed("Only operators see every store.")
    return session.scalars(select(Store).order_by(Store.name)).all()


def _check_operator(operator: Person) -> None:
    if not operator.is_operator:
        raise NotAllowed("Only operators set commissions.")


def _check_numbers(wanted: NewRule) -> None:
    if not 0 <= wanted.bps <= _BPS_MAX:
        raise Invalid("A commission is from 0 % to 50 %.")
    amounts = [wanted.fixed_minor, wanted.min_minor, *([] if wanted.max_minor is None else [wanted.max_minor])]
    has_amounts = any(amounts) or wanted.max_minor is not None
    if has_amounts and wanted.kind in _SHARE_ONLY:
        raise ShareOnly(wanted.kind)
    if has_amounts and not wanted.currency:
        raise Invalid("Name the currency of the fixed part and the limits.")
    if wanted.currency:
        step = currency(wanted.currency).charge_step
        if min(amounts) < 0 or any(each % step for each in amounts):
            least = Money(step, wanted.currency)
            raise Invalid(f"The fixed part and the limits are amounts of 0 or more, in steps of {least}.")
    if wanted.max_minor is not None and wanted.max_minor < wanted.min_minor:
        raise Invalid("The most is not less than the least.")


def _row(session: Session, wanted: NewRule, begins: datetime) -> CommissionRule:
    rule = CommissionRule(
        scope=wanted.scope,
        kind=wanted.kind,
        bps=wanted.bps,
        currency=currency(wanted.currency).code if wanted.currency else "",
        fixed_minor=wanted.fixed_minor,
        min_minor=wanted.min_minor,
        max_minor=wanted.max_minor,
        valid_from=begins,
        valid_to=wanted.valid_to,
        category="",
    )
    if wanted.scope == RuleScope.CATEGORY:
        rule.category = category_of(wanted.target)
        if not rule.category:
            raise Invalid("Name the category the rule is about.")
    elif wanted.scope == RuleScope.STORE:
        rule.store = session.scalar(select(Store).where(Store.slug == wanted.target))
        if rule.store is None:
            raise NoSuchStore(wanted.target)
    elif wanted.scope == RuleScope.LISTING:
        rule.listing = session.scalar(select(Listing).where(Listing.slug == wanted.target))
        if rule.listing is None:
            raise NoSuchListing(wanted.target)
    return rule


def _same(session: Session, rule: CommissionRule) -> Sequence[CommissionRule]:
    """The rules there were about the same, locked, so that none is ended twice."""
    same = (CommissionRule.scope == rule.scope) & (CommissionRule.kind == rule.kind)
    same &= (CommissionRule.currency == rule.currency) & (CommissionRule.category == rule.category)
    if rule.store is not None:
        same &= CommissionRule.store_id == rule.store.id
    if rule.listing is not None:
        same &= CommissionRule.listing_id == rule.listing.id
    with session.no_autoflush:
        return session.scalars(select(CommissionRule).where(same).with_for_update()).all()


def _about(
    session: Session, listings: Sequence[Listing], kinds: Sequence[CommissionKind], now: datetime
) -> Sequence[CommissionRule]:
    """The rules that can be about these listings now; those of categories are few, and compared afterwards."""
    current = CommissionRule.kind.in_(kinds) & (CommissionRule.valid_from <= now)
    current &= CommissionRule.valid_to.is_(None) | (CommissionRule.valid_to > now)
    wide = CommissionRule.scope.in_((RuleScope.DEFAULT, RuleScope.CATEGORY))
    narrow = or_(
        CommissionRule.store_id.in_([each.store_id for each in listings]),
        CommissionRule.listing_id.in_([each.id for each in listings]),
    )
    return session.scalars(select(CommissionRule).where(current, wide | narrow)).all()


def _numbers(rule: CommissionRule) -> dict[str, object]:
    """What the audit log keeps of a rule."""
    limits = f"{rule.fixed_minor} fixed, {rule.min_minor} to {rule.max_minor} {rule.currency}" if rule.currency else ""
    return {
        "about": f"{rule.kind} of {rule.about}",
        "bps": rule.bps,
        "amounts": limits,
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
        "version": rule.version,
    }
