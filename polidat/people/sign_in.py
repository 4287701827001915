"""Sign-in by a mailed link, and the browser sessions that follow."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from polidat.core import TooMuch, secret_digest
from polidat.events import record
from polidat.people.errors import BadSignInLink
from polidat.people.mail import queue_mail
from polidat.people.models import Person, SignInToken, WebSession
from polidat.people.register import normal_email, register

LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)
_LINKS_PER_HOUR = 6


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: `token` goes into the cookie and is not stored anywhere in clear."""

    person: Person
    token: str
    expires_at: datetime


def request_sign_in(session: Session, email: str, *, confirm_url: str, now: datetime) -> None:
    """Mail a link that signs in whoever owns the address.

    `confirm_url` gets `?token=…` appended. Raises Invalid for a bad address, TooMuch after six links in an hour.
    """
    address = normal_email(email)
    recent = (SignInToken.email == address) & (SignInToken.created_at > now - timedelta(hours=1))
    if (session.scalar(select(func.count()).where(recent)) or 0) >= _LINKS_PER_HOUR:
        raise TooMuch("Too many sign-in links were sent to this address. Wait an hour, or use the newest mail.")
    token = secrets.token_urlsafe(32)
    session.add(SignInToken(digest=secret_digest(token), email=address, created_at=now, expires_at=now + LINK_LIFE))
    body = (
        f"Sign in to PoliDat with this link. It works once, for 15 minutes:\n\n{confirm_url}?token={token}\n\n"
        "If you did not ask for it, ignore this mail: nobody can sign in without it."
    )
    queue_mail(session, address, "Your PoliDat sign-in link", body, now=now)


def confirm_sign_in(session: Session, token: str, *, now: datetime) -> SignedIn:
    """Use the link: the person is registered if new, and signed in. Raises BadSignInLink."""
    unused = (
        (SignInToken.digest == secret_digest(token)) & SignInToken.used_at.is_(None) & (SignInToken.expires_at > now)
    )
    email = session.scalar(update(SignInToken).where(unused).values(used_at=now).returning(SignInToken.email))
    if email is None:
        raise BadSignInLink
    return open_session(session, register(session, email, now=now), now=now)


def open_session(session: Session, person: Person, *, now: datetime) -> SignedIn:
    """Start a browser session for the person, good for 30 days."""
    token = secrets.token_urlsafe(32)
    expires_at = now + SESSION_LIFE
    session.add(WebSession(digest=secret_digest(token), person_id=person.id, created_at=now, expires_at=expires_at))
    session.flush()
    return SignedIn(person, token, expires_at)


def person_of_session(session: Session, token: str | None, *, now: datetime) -> Person | None:
    """Return who the cookie's token belongs to, or None for a visitor."""
    if not token:
        return None
    live = (WebSession.digest == secret_digest(token)) & WebSession.ended_at.is_(None) & (WebSession.expires_at > now)
    return session.scalar(select(Person).join(WebSession, WebSession.person_id == Person.id).where(live))


def sign_out(session: Session, token: str, *, now: datetime) -> None:
    """End this browser's session."""
    session.execute(update(WebSession).where(WebSession.digest == secret_digest(token)).values(ended_at=now))


def sign_out_everywhere(session: Session, person: Person, *, now: datetime) -> int:
    """End every session of the person and return how many there were."""
    live = (WebSession.person_id == person.id) & WebSession.ended_at.is_(None)
    ended = session.scalars(update(WebSession).where(live).values(ended_at=now).returning(WebSession.digest)).all()
    record(session, "sign_out", f"person:{person.id}", by=person.id, after={"sessions": len(ended)})
    return len(ended)


def csrf_token(session_token: str) -> str:
    """Return the value a form must send back with this session's cookie; derived, so nothing is stored."""
    return hmac.new(session_token.encode(), b"csrf", hashlib.sha256).hexdigest()
