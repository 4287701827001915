"""Every read of datasets and versions, and the first row of a dataset."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import slug_of
from polidat.events import record
from polidat.lake.errors import NoSuchDataset, SlugTaken
from polidat.lake.models import Dataset, DatasetVersion
from polidat.lake.shapes import Asker


def new_dataset(session: Session, owner: Asker, store: str, title: str, *, now: datetime) -> Dataset:
    """Open an empty dataset under the store's name. Raises SlugTaken when the store has one of this title."""
    slug = slug_of(title)
    if session.scalar(select(Dataset.id).where((Dataset.store == store) & (Dataset.slug == slug))) is not None:
        raise SlugTaken(title)
    dataset = Dataset(owner_id=owner.id, store=store, slug=slug, title=title.strip(), created_at=now)
    session.add(dataset)
    session.flush()
    return dataset


def own_dataset(session: Session, owner: Asker, dataset_id: int) -> Dataset:
    """Return a dataset to its owner or an operator. Raises NoSuchDataset for anybody else."""
    found = session.get(Dataset, dataset_id)
    if found is None or (found.owner_id != owner.id and not owner.is_operator):
        raise NoSuchDataset
    return found


def versions_of(session: Session, owner: Asker, dataset_id: int) -> Sequence[DatasetVersion]:
    """Return all versions to the owner, newest first. Raises NoSuchDataset for anybody else."""
    own_dataset(session, owner, dataset_id)
    of_dataset = DatasetVersion.dataset_id == dataset_id
    return session.scalars(select(DatasetVersion).where(of_dataset).order_by(DatasetVersion.number.desc())).all()


def current_version(session: Session, dataset_id: int) -> DatasetVersion | None:
    """Return the version readers see, or None before the first. Whether somebody may read it is asked elsewhere."""
    joined = select(DatasetVersion).join(Dataset, Dataset.current_version_id == DatasetVersion.id)
    return session.scalar(joined.where(Dataset.id == dataset_id))


def current_versions(session: Session, dataset_ids: Sequence[int]) -> dict[int, DatasetVersion]:
    """Return the versions readers see, by dataset; a dataset without one is left out."""
    joined = select(DatasetVersion).join(Dataset, Dataset.current_version_id == DatasetVersion.id)
    found = session.scalars(joined.where(Dataset.id.in_(dataset_ids)))
    return {each.dataset_id: each for each in found}


def keep_suite(session: Session, owner: Asker, dataset_id: int, suite: dict[str, Any] | None) -> None:
    """Keep the seller's own expectations for this dataset; None returns to those of its kind."""
    dataset = own_dataset(session, owner, dataset_id)
    before, dataset.suite = dataset.suite, suite
    session.flush()
    changed = {"before": {"own": json.dumps(before)}, "after": {"own": json.dumps(suite)}}
    record(session, "suite", f"dataset:{dataset_id}", by=owner.id, **changed)
