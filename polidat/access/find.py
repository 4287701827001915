"""Who may read what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from polidat.access.errors import NoAccess
from polidat.access.models import Entitlement, GrantKind, GrantState, Usage
from polidat.lake import Dataset
from polidat.people import Person


def access_kind(session: Session, person: Person | None, dataset_id: int) -> GrantKind | None:
    """Return why the person may read the dataset, or None when they may not. A visitor never may."""
    if person is None:
        return None
    paid_first = case((Entitlement.kind == GrantKind.PURCHASE, 0), (Entitlement.kind == GrantKind.USAGE, 2), else_=1)
    granted = (
        select(Entitlement.kind)
        .where(
            Entitlement.person_id == person.id,
            Entitlement.dataset_id == dataset_id,
            Entitlement.state == GrantState.ACTIVE,
            Entitlement.opens,
        )
        .order_by(paid_first)
        .limit(1)
    )
    asked = select(Dataset.owner_id, granted.scalar_subquery()).where(Dataset.id == dataset_id)
    owner_id, kind = session.execute(asked).one_or_none() or (None, None)
    if owner_id == person.id:
        return GrantKind.OWNER
    return None if kind is None else GrantKind(kind)


def may_read(session: Session, person: Person | None, dataset_id: int) -> bool:
    """Return whether the person may read the dataset now: as its owner, by an active grant, or as an operator."""
    if person is not None and person.is_operator:
        return session.get(Dataset, dataset_id) is not None
    return access_kind(session, person, dataset_id) is not None


def reads_freely(session: Session, person: Person, dataset_id: int) -> bool:
    """Return whether the person has the dataset without paying for each use."""
    return access_kind(session, person, dataset_id) not in (None, GrantKind.USAGE)


def waits_for(session: Session, person: Person, dataset_id: int) -> bool:
    """Return whether a grant of the dataset is the person's, and somebody has to agree to it yet."""
    mine = (Entitlement.person_id == person.id) & (Entitlement.dataset_id == dataset_id)
    mine &= (Entitlement.kind != GrantKind.GOOD) & Entitlement.opens
    found = select(Entitlement.id).where(mine & (Entitlement.state == GrantState.PENDING)).limit(1)
    return session.scalar(found) is not None


def grant_state(session: Session, order_line: str) -> GrantState | None:
    """Return how the grant of this line stands; None when there is none."""
    found = session.scalar(select(Entitlement.state).where(Entitlement.order_line == order_line))
    return None if found is None else GrantState(found)


def check_may_read(session: Session, person: Person | None, dataset_id: int) -> None:
    """Raise NoAccess for a dataset this person may not read."""
    if not may_read(session, person, dataset_id):
        raise NoAccess


def my_datasets(session: Session, person: Person) -> Sequence[int]:
    """Return the ids of the datasets the person owns or has an active grant for, newest first."""
    granted = select(Entitlement.dataset_id).where(
        (Entitlement.person_id == person.id) & (Entitlement.state == GrantState.ACTIVE) & Entitlement.opens
    )
    mine = (Dataset.owner_id == person.id) | Dataset.id.in_(granted)
    return session.scalars(select(Dataset.id).where(mine).order_by(Dataset.id.desc())).all()


def grants_of(session: Session, person: Person) -> Sequence[Entitlement]:
    """Return everything the person was ever granted, newest first, ended grants included."""
    mine = Entitlement.person_id == person.id
    return session.scalars(select(Entitlement).where(mine).order_by(Entitlement.id.desc())).all()


def has_used(session: Session, person: Person, dataset_id: int, *, since: datetime) -> bool:
    """Return whether the person has queried, asked or taken away anything of the dataset since then."""
    mine = (Usage.person_id == person.id) & (Usage.dataset_id == dataset_id) & (Usage.used_at >= since)
    return session.scalar(select(Usage.id).where(mine).limit(1)) is not None


def uses_of(session: Session, person: Person, *, limit: int = 100) -> Sequence[Usage]:
    """Return the person's latest uses, newest first."""
    mine = Usage.person_id == person.id
    return session.scalars(select(Usage).where(mine).order_by(Usage.id.desc()).limit(limit)).all()
