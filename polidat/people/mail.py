"""Mail: written in the transaction of its cause, sent afterwards."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from polidat.core import Unavailable
from polidat.people.models import Mail

Send = Callable[[Mail], None]
MAIL_BATCH = 20  # sent in one transaction: so many may go out again when the process dies in it
_ATTEMPTS_MAX = 8


def queue_mail(session: Session, to: str, subject: str, body: str, *, now: datetime) -> Mail:
    """Note a mail to be sent once this transaction is committed."""
    mail = Mail(to=to, subject=_one_line(subject), body=body, created_at=now)
    session.add(mail)
    session.flush()
    return mail


def queue_mail_once(session: Session, to: str, subject: str, body: str, *, once: str, now: datetime) -> bool:
    """Note a mail like `queue_mail`, unless one that tells `once` was noted ever before; return whether it was now.

    Two that tell the same at the same moment take turns, so webhook, return page and sweeper may all try.
    """
    row = insert(Mail).values(to=to, subject=_one_line(subject), body=body, created_at=now, once=once)
    added = row.on_conflict_do_nothing(index_elements=["once"]).returning(Mail.id)
    return session.scalar(added) is not None


def was_mailed(session: Session, once: str) -> bool:
    """Return whether a mail that tells this was noted."""
    return session.scalar(select(Mail.id).where(Mail.once == once)) is not None


def house_link(session: Session, path: str) -> str:
    """Return a page's address for a mail: whole where the house knows its own, else the path alone."""
    return f"{session.info.get('base_url', '')}{path}"


def mails(session: Session, *, limit: int = 50) -> Sequence[Mail]:
    """Return the newest mails, for the outbox page of a marketplace without a mail server."""
    return session.scalars(select(Mail).order_by(Mail.id.desc()).limit(limit)).all()


def send_waiting_mail(session: Session, send: Send, *, now: datetime) -> int:
    """Send what waits, oldest first, and return how many went out.

    A mail that fails keeps the reason and is tried again at the next call, eight times at most.
    """
    waiting = (Mail.sent_at.is_(None)) & (Mail.attempts < _ATTEMPTS_MAX)
    due = session.scalars(
        select(Mail).where(waiting).order_by(Mail.id).limit(MAIL_BATCH).with_for_update(skip_locked=True)
    )
    sent = 0
    for mail in due.all():
        mail.attempts += 1
        try:
            send(mail)
        except Exception as error:  # whatever is wrong with one mail, it keeps no other back
            mail.problem = error.says if isinstance(error, Unavailable) else repr(error)
            continue
        mail.sent_at, mail.problem = now, ""
        sent += 1
    session.flush()
    return sent


def _one_line(subject: str) -> str:
    """A header with a line break is refused by every server, and titles are other people's words."""
    return " ".join(subject.split())
