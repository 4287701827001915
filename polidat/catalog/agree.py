"""What somebody agrees to before they get a listing: the licence in force, and what the listing asks of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.catalog.agreement_models import Acceptance, Attestation, AttestationState, Licence
from polidat.catalog.attest import Attested, attest
from polidat.catalog.errors import LicenceNotAccepted, NotGivenTo
from polidat.catalog.events import LicenceAccepted
from polidat.catalog.licences import licence_text
from polidat.catalog.models import Listing
from polidat.core import secret_digest
from polidat.events import emit
from polidat.people import Person


@dataclass(frozen=True)
class Agreed:
    """What a click agrees to: `licences` are ids of the versions that were shown; who one says one is, if asked."""

    licences: Collection[int] = ()
    attested: Attested | None = None


@dataclass(frozen=True)
class Agreement:
    """What is kept with a line of an order: the acceptance of its licence, and the buyer's answers, if any."""

    acceptance_id: int
    attestation: Attestation | None

    @property
    def attestation_id(self) -> int | None:
        """The answers' id."""
        return self.attestation.id if self.attestation is not None else None


NOTHING_AGREED = Agreed()


def note_licence(session: Session, listing_id: int, code: str, words: str, *, now: datetime) -> Licence:
    """Write down the licence of a listing; a text that differs from the one in force is a new version.

    Raises Invalid for a licence we do not know.
    """
    text = licence_text(code, words)
    session.execute(select(Listing.id).where(Listing.id == listing_id).with_for_update())  # one version at a time
    newest = session.scalar(_current([listing_id]))
    if newest is not None and newest.text == text:
        return newest
    noted = Licence(
        listing_id=listing_id,
        number=1 if newest is None else newest.number + 1,
        code=code,
        words=words.strip(),
        text=text,
        digest=secret_digest(text),
        made_at=now,
    )
    session.add(noted)
    session.flush()
    return noted


def licence_of(session: Session, listing_id: int) -> Licence:
    """Return the version of a listing's licence that is in force."""
    return session.scalars(_current([listing_id])).one()


def licences_to_accept(session: Session, buyer: Person | None, listings: Sequence[Listing]) -> Sequence[Licence]:
    """Return the licences in force that this person has not accepted yet, in the order of the listings."""
    found = {each.listing_id: each for each in session.scalars(_current([each.id for each in listings]))}
    accepted: set[int] = set()
    if buyer is not None:
        ids = [each.id for each in found.values()]
        mine = (Acceptance.person_id == buyer.id) & Acceptance.licence_id.in_(ids)
        accepted = set(session.scalars(select(Acceptance.licence_id).where(mine)))
    return [each for listing in listings if (each := found[listing.id]).id not in accepted]


def agree(
    session: Session, buyer: Person, listings: Sequence[Listing], agreed: Agreed, *, now: datetime
) -> Mapping[int, Agreement]:
    """Return what the buyer agreed to by listing, noting what comes with this click.

    What was accepted or answered before needs no further click. Raises LicenceNotAccepted, which names all that are
    missing, AttestationNeeded, NotGivenTo, Invalid for answers that are none.
    """
    asked = licences_to_accept(session, buyer, listings)
    missing = [each for each in asked if each.id not in agreed.licences]
    if missing:
        titles = {each.id: each.title for each in listings}
        raise LicenceNotAccepted([(titles[each.listing_id], each.id, each.code) for each in missing])
    for each in asked:
        _note(session, buyer, each, now=now)
    current = _current([each.id for each in listings]).subquery()
    mine = (Acceptance.licence_id == current.c.id) & (Acceptance.person_id == buyer.id)
    rows = session.execute(select(current.c.listing_id, Acceptance.id).join(Acceptance, mine))
    accepted = {row.listing_id: row.id for row in rows}
    return {
        each.id: Agreement(accepted[each.id], attest(session, buyer, each, agreed.attested, now=now))
        for each in listings
    }


def agree_like(
    session: Session, person: Person, listing: Listing, acceptance_id: int, agreed: Agreed, *, now: datetime
) -> Agreement:
    """Return what somebody agreed to who uses a licence another person has bought: the version that one accepted.

    Raises LicenceNotAccepted, AttestationNeeded, Invalid, and NotGivenTo, also where the seller decides about each.
    """
    _, licence = acceptance_of(session, acceptance_id)
    own = _own(session, person, licence)
    if own is None and licence.id not in agreed.licences:
        raise LicenceNotAccepted([(listing.title, licence.id, licence.code)])
    if own is None:
        _note(session, person, licence, now=now)
        own = _own(session, person, licence)
    assert own is not None  # noted, if it was not before
    attestation = attest(session, person, listing, agreed.attested, now=now)
    if attestation is not None and attestation.state != AttestationState.APPROVED:
        raise NotGivenTo(listing.title, "to more people now: its seller decides about each buyer")
    return Agreement(own, attestation)


def licence_like(session: Session, person: Person, acceptance_id: int) -> Licence | None:
    """Return the version another person accepted; None when this one has accepted it too."""
    _, licence = acceptance_of(session, acceptance_id)
    return licence if _own(session, person, licence) is None else None


def acceptance_of(session: Session, acceptance_id: int) -> tuple[Acceptance, Licence]:
    """Return an acceptance and the text that was accepted."""
    accepted = session.get_one(Acceptance, acceptance_id)
    return accepted, session.get_one(Licence, accepted.licence_id)


def _own(session: Session, person: Person, licence: Licence) -> int | None:
    mine = (Acceptance.person_id == person.id) & (Acceptance.licence_id == licence.id)
    return session.scalar(select(Acceptance.id).where(mine))


def _note(session: Session, person: Person, licence: Licence, *, now: datetime) -> None:
    row = insert(Acceptance).values(person_id=person.id, licence_id=licence.id, digest=licence.digest, accepted_at=now)
    noted = row.on_conflict_do_nothing(index_elements=["person_id", "licence_id"]).returning(Acceptance.id)
    if session.scalar(noted) is not None:
        emit(session, LicenceAccepted(person.id, licence.listing_id, licence.id, licence.digest))


def _current(listing_ids: Collection[int]) -> Select[Licence]:
    newest = select(func.max(Licence.id)).where(Licence.listing_id.in_(listing_ids)).group_by(Licence.listing_id)
    return select(Licence).where(Licence.id.in_(newest))
