"""Datasets, their versions, tables and uploads."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from polidat.db import Base
from polidat.lake.shapes import Column, ReadableTable


class UploadState(enum.StrEnum):
    """Where an upload is."""

    RECEIVED = "received"  # the bytes are complete on our side
    COMMITTED = "committed"  # it became a version
    REFUSED = "refused"  # it could not be read; nothing was committed


class Dataset(Base):
    """Data of one owner, through all its versions. `current_version_id` is what readers see."""

    __tablename__ = "dataset"
    __table_args__ = (UniqueConstraint("store", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    store: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text, default="")
    suite: Mapped[Any | None] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("dataset_version.id", use_alter=True, name="fk_dataset_current_version_id")
    )


class DatasetVersion(Base):
    """One immutable state of a dataset. Its row is written last: readers see all of it or nothing."""

    __tablename__ = "dataset_version"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    number: Mapped[int]
    upload_id: Mapped[int | None] = mapped_column(ForeignKey("upload.id"), unique=True)
    kind: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    rejected_rows: Mapped[int]
    bytes: Mapped[int]
    is_blocked: Mapped[bool]  # a blocking expectation failed: it cannot be published
    reading: Mapped[dict[str, Any]]
    validation: Mapped[dict[str, Any]]
    committed_at: Mapped[datetime]
    tables: Mapped[list["VersionTable"]] = relationship(order_by="VersionTable.position", lazy="selectin")

    def readable(self, *, hidden: bool = False) -> tuple[ReadableTable, ...]:
        """Return the tables people see; with `hidden`, the ones that serve us too."""
        return tuple(each.readable() for each in self.tables if hidden or not each.hidden)


class VersionTable(Base):
    """One Delta table at one Delta version, and the immutable Parquet files that are that version."""

    __tablename__ = "version_table"
    __table_args__ = (UniqueConstraint("version_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("dataset_version.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(Text)
    delta_path: Mapped[str] = mapped_column(Text)
    delta_version: Mapped[int]
    files: Mapped[list[str]]
    rows: Mapped[int]
    bytes: Mapped[int]
    columns: Mapped[list[Any]]
    profile: Mapped[dict[str, Any]]
    hidden: Mapped[bool]

    def readable(self) -> ReadableTable:
        """Return the table as the readers take it."""
        columns = tuple(Column(**each) for each in self.columns)
        return ReadableTable(self.name, tuple(self.files), self.rows, self.bytes, columns, self.hidden)


class Upload(Base):
    """Bytes somebody sent us, complete, waiting to become a version."""

    __tablename__ = "upload"
    __table_args__ = (Index(None, "dataset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Text, unique=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("dataset.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    file_names: Mapped[list[str]]
    bytes: Mapped[int]
    digest: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, default=UploadState.RECEIVED)
    problem: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
