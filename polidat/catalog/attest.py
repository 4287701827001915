"""What a listing asks its buyers, and what follows from their answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.catalog.agreement_models import Asking, Attestation, AttestationState
from polidat.catalog.errors import AttestationNeeded, NotGivenTo
from polidat.catalog.models import Listing
from polidat.catalog.rules import category_of as plain
from polidat.core import Invalid
from polidat.people import Person

_COUNTRY = re.compile(r"[A-Z]{2}")
_CHARS_MAX = 200
_LIST_MAX = 250


@dataclass(frozen=True)
class Attested:
    """What somebody says of themselves: name and organisation, country (two letters), and what they want it for."""

    who: str
    country: str
    purpose: str


def asking_of(session: Session, listing_id: int) -> Asking | None:
    """Return what the listing asks its buyers; None when it asks nothing."""
    return session.get(Asking, listing_id)


def askings_for(session: Session, buyer: Person | None, listings: Sequence[Listing]) -> Sequence[Asking]:
    """Return what these listings ask and this person has not answered yet."""
    found = session.scalars(select(Asking).where(Asking.listing_id.in_([each.id for each in listings]))).all()
    return [each for each in found if buyer is None or _answered(session, buyer, each) is None]


def attest(
    session: Session, buyer: Person, listing: Listing, attested: Attested | None, *, now: datetime
) -> Attestation | None:
    """Return the buyer's answers to what the listing asks, decided as far as rules can; None when it asks nothing.

    Answers that were approved hold until the seller asks something else. Raises AttestationNeeded, NotGivenTo, Invalid.
    """
    asking = asking_of(session, listing.id)
    if asking is None:
        return None
    approved = _answered(session, buyer, asking)
    if approved is not None:
        return approved
    if attested is None:
        raise AttestationNeeded(listing.title)
    given = _checked(attested)
    why = why_not(asking, given)
    if why:
        raise NotGivenTo(listing.title, why)
    made = Attestation(
        listing_id=listing.id,
        person_id=buyer.id,
        who=given.who,
        country=given.country,
        purpose=given.purpose,
        state=AttestationState.WAITING if asking.by_seller else AttestationState.APPROVED,
        given_at=now,
        decided_at=None if asking.by_seller else now,
    )
    session.add(made)
    session.flush()
    return made


def why_not(asking: Asking, given: Attested) -> str:
    """Return why the rules of a listing refuse these answers, as the end of a sentence; empty when they do not."""
    if asking.countries and given.country not in asking.countries:
        return f"to buyers in {given.country}, only in {', '.join(asking.countries)}"
    if asking.purposes and plain(given.purpose) not in [plain(each) for each in asking.purposes]:
        return f"for “{given.purpose}”, only for: {', '.join(asking.purposes)}"
    return ""


def checked_asking(countries: Sequence[str], purposes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return countries and purposes as they are kept. Raises Invalid for what is no country, or too much."""
    codes = [each.strip().upper() for each in countries if each.strip()]
    wanted = [each.strip() for each in purposes if each.strip()]
    wrong = [each for each in codes if not _COUNTRY.fullmatch(each)]
    if wrong:
        raise Invalid(f"“{wrong[0][:20]}” is not a country. Write two letters, such as DE.")
    if len(codes) > _LIST_MAX or len(wanted) > _LIST_MAX or any(len(each) > _CHARS_MAX for each in wanted):
        raise Invalid(f"Keep purposes under {_CHARS_MAX} characters, and lists under {_LIST_MAX}.")
    return list(dict.fromkeys(codes)), list(dict.fromkeys(wanted))


def _checked(attested: Attested) -> Attested:
    given = Attested(attested.who.strip(), attested.country.strip().upper(), attested.purpose.strip())
    if not (1 <= len(given.who) <= _CHARS_MAX and 1 <= len(given.purpose) <= _CHARS_MAX):
        raise Invalid(f"Say who you are and what for, each in 1 to {_CHARS_MAX} characters.")
    if not _COUNTRY.fullmatch(given.country):
        raise Invalid("Give your country in two letters, such as DE.")
    return given


def _answered(session: Session, buyer: Person, asking: Asking) -> Attestation | None:
    """What was approved since the listing asks this."""
    mine = (Attestation.person_id == buyer.id) & (Attestation.listing_id == asking.listing_id)
    mine &= (Attestation.state == AttestationState.APPROVED) & (Attestation.given_at >= asking.set_at)
    return session.scalar(select(Attestation).where(mine).order_by(Attestation.id.desc()).limit(1))
