"""API keys: shown once, stored as a digest."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from polidat.core import Invalid, NotAllowed, NotFound, NotSignedIn, secret_digest
from polidat.events import record
from polidat.people.key_holds import key_holds_of
from polidat.people.models import ApiKeyRow, KeyScope, Person

ApiKey = ApiKeyRow
_SEEN_EVERY = timedelta(minutes=1)
EVERYDAY_SCOPES = (KeyScope.READ, KeyScope.BUY, KeyScope.SELL)


@dataclass(frozen=True)
class NewKey:
    """A key just made; `secret` cannot be read again."""

    row: ApiKeyRow
    secret: str


@dataclass(frozen=True)
class KeyHolder:
    """Who sent a key, which of theirs it is, and what it may do.

    Behind an operator's key that may not operate stands nobody special: it sees and does what everybody may.
    """

    person: Person
    key_id: int
    scopes: frozenset[str]

    def check_may(self, *scopes: KeyScope) -> Person:
        """Return the person of a key that has one of these scopes. Raises NotAllowed for any other."""
        if self.scopes.isdisjoint(scopes):
            wanted = " or ".join(f"“{each}”" for each in scopes)
            raise NotAllowed(f"This API key may not do this: it needs {wanted}. Make another one on your account page.")
        return self.person


def make_api_key(
    session: Session, person: Person, name: str, *, scopes: Collection[KeyScope] = EVERYDAY_SCOPES, now: datetime
) -> NewKey:
    """Make a bearer key for the person that may do this much.

    Raises Invalid without a name or a scope, NotAllowed for operators' scope to anybody else.
    """
    if not name.strip():
        raise Invalid("Give the key a name, so that you can tell your keys apart.")
    if not scopes:
        raise Invalid("Choose what the key may do.")
    if KeyScope.OPERATE in scopes and not person.is_operator:
        raise NotAllowed("Only operators make keys that run the marketplace.")
    kept = [str(each) for each in KeyScope if each in scopes]
    secret = f"pd_{secrets.token_urlsafe(32)}"
    row = ApiKeyRow(
        digest=secret_digest(secret),
        hint=secret[:8],
        name=name.strip()[:80],
        person_id=person.id,
        scopes=kept,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "make_api", f"person:{person.id}", by=person.id, after=_told(row))
    return NewKey(row, secret)


def keys_of(session: Session, person: Person) -> Sequence[ApiKeyRow]:
    """Return the person's keys that still work, newest first."""
    mine = (ApiKeyRow.person_id == person.id) & ApiKeyRow.revoked_at.is_(None)
    return session.scalars(select(ApiKeyRow).where(mine).order_by(ApiKeyRow.id.desc())).all()


def holder_of_key(session: Session, secret: str, *, now: datetime) -> KeyHolder:
    """Return whose key it is and what it may do.

    Raises NotSignedIn for an unknown or revoked one, NotAllowed while something holds it.
    """
    known = (ApiKeyRow.digest == secret_digest(secret)) & ApiKeyRow.revoked_at.is_(None)
    found = session.execute(
        select(ApiKeyRow, Person).join(Person, Person.id == ApiKeyRow.person_id).where(known)
    ).one_or_none()
    if found is None:
        raise NotSignedIn("This API key is unknown or revoked. Make a new one on your account page.")
    key, person = found
    if key_holds_of(session, person):
        raise NotAllowed("Your API keys rest until we have looked at how they were used. Write to the operator.")
    if key.last_used_at is None or now - key.last_used_at > _SEEN_EVERY:
        session.execute(update(ApiKeyRow).where(ApiKeyRow.id == key.id).values(last_used_at=now))
    return KeyHolder(_as_far_as(key, person), key.id, frozenset(key.scopes))


def revoke_api_key(session: Session, person: Person, key_id: int, *, now: datetime) -> None:
    """Make the key useless from now on. Raises NotFound for a key that is not theirs."""
    mine = (ApiKeyRow.id == key_id) & (ApiKeyRow.person_id == person.id)
    if session.scalar(update(ApiKeyRow).where(mine).values(revoked_at=now).returning(ApiKeyRow.id)) is None:
        raise NotFound("You have no such key.")
    record(session, "revoke_api", f"person:{person.id}", by=person.id, after={"id": key_id})


def _as_far_as(key: ApiKeyRow, person: Person) -> Person:
    """The person a key speaks for: a copy without the rank, which is never stored, where it may not operate."""
    if not person.is_operator or KeyScope.OPERATE in key.scopes:
        return person
    kept = {name: getattr(person, name) for name in ("id", "email", "name", "is_seller", "is_demo", "joined_at")}
    return Person(**kept, is_operator=False)


def _told(row: ApiKeyRow) -> dict[str, object]:
    return {"hint": row.hint, "name": row.name, "scopes": ", ".join(row.scopes)}
