"""What the house takes, as pure decisions: which rule holds, and how much it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from polidat.catalog.models import CommissionKind, CommissionRule, Listing, RuleScope
from polidat.core import Money, currency, share

_NARROW_FIRST = (RuleScope.LISTING, RuleScope.STORE, RuleScope.CATEGORY, RuleScope.DEFAULT)


@dataclass(frozen=True)
class CommissionTerms:
    """The numbers of a rule as they are when something is sold: what a sale keeps, whatever the rules say later.

    A share in basis points, plus `fixed_minor`, at least `min_minor` and at most `max_minor` (None: no limit), in minor
    units of the currency of the sale. Without a `rule_id` they are older than the rules.
    """

    bps: int
    fixed_minor: int = 0
    min_minor: int = 0
    max_minor: int | None = None
    rule_id: int | None = None
    version: int = 0

    def shown(self, code: str) -> str:
        """Return the terms for people, such as "5 % + 0.30 USD, at least 0.50 USD"."""
        said = f"{self.bps / 100:g} %"
        said += f" + {Money(self.fixed_minor, code)}" if self.fixed_minor else ""
        said += f", at least {Money(self.min_minor, code)}" if self.min_minor else ""
        return said + (f", at most {Money(self.max_minor, code)}" if self.max_minor is not None else "")


def commission(amount: Money, terms: CommissionTerms) -> Money:
    """Return what the house takes of an amount: the share, halves rounded away from zero, and the fixed part.

    It is at least the minimum, at most the maximum, and never more than the amount. In a currency with steps
    (0.010 KWD) it is cut to a whole step, in the seller's favour.
    """
    step = currency(amount.currency).charge_step
    taken = max(share(amount.minor, terms.bps) + terms.fixed_minor, terms.min_minor)
    taken = min(taken, amount.minor if terms.max_minor is None else terms.max_minor, amount.minor)
    return Money(taken - taken % step, amount.currency)


def category_of(text: str) -> str:
    """Return a category as rules compare it: without regard to capitals and blanks around it."""
    return text.strip().lower()


def covers(rule: CommissionRule, listing: Listing) -> bool:
    """Return whether a rule is about this listing, whatever its validity."""
    match rule.scope:
        case RuleScope.LISTING:
            return rule.listing_id == listing.id
        case RuleScope.STORE:
            return rule.store_id == listing.store_id
        case RuleScope.CATEGORY:
            return rule.category == category_of(listing.category)
        case _:
            return True


def is_valid(rule: CommissionRule, at: datetime) -> bool:
    """Return whether a rule holds at a moment: from its first to before its last."""
    return rule.valid_from <= at and (rule.valid_to is None or at < rule.valid_to)


def resolve(
    rules: Iterable[CommissionRule], listing: Listing, kind: CommissionKind, code: str, *, at: datetime
) -> CommissionRule | None:
    """Return the rule that holds for a sale of this kind and currency; None when there is none at all.

    The narrowest scope wins: listing, store, category, default. Within it a rule for this currency goes before one for
    any, then the one that began last, then the one that was made last.
    """
    fitting = [
        each
        for each in rules
        if each.kind == kind and each.currency in ("", code) and is_valid(each, at) and covers(each, listing)
    ]

    def rank(rule: CommissionRule) -> tuple[int, bool, datetime, int]:
        return (-_NARROW_FIRST.index(RuleScope(rule.scope)), rule.currency != "", rule.valid_from, rule.id)

    return max(fitting, key=rank, default=None)


def terms_of(rule: CommissionRule) -> CommissionTerms:
    """Return the numbers of a rule, to be kept with what is sold."""
    return CommissionTerms(rule.bps, rule.fixed_minor, rule.min_minor, rule.max_minor, rule.id, rule.version)
