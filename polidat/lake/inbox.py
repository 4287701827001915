"""Take in the bytes of an upload: streamed to a part file, counted, digested, then renamed."""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from polidat.core import new_public_id
from polidat.jobs import defer, start_run
from polidat.lake.errors import BadFileName, EmptyUpload, NoSuchUpload, UploadTooLarge
from polidat.lake.models import Dataset, Upload
from polidat.lake.shapes import Asker

_COPY_BYTES = 1 << 20


@dataclass
class Arrival:
    """Files of one upload as they come in; complete only after `files_arriving` has ended without an error."""

    public_id: str
    folder: Path
    bytes_max: int
    file_names: list[str] = field(default_factory=list[str])
    size_bytes: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)  # its type has no public name

    @property
    def digest(self) -> str:
        """SHA-256 over the names and bytes of all files, in hex."""
        return self._digest.hexdigest()

    def take(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write one file. Raises BadFileName, UploadTooLarge."""
        with self._opened(name) as out:
            for chunk in chunks:
                self._write(out, chunk)

    async def take_stream(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Write one file as it comes from the network. Raises BadFileName, UploadTooLarge."""
        with self._opened(name) as out:
            async for chunk in chunks:
                self._write(out, chunk)

    @contextmanager
    def _opened(self, name: str) -> Generator[BinaryIO]:
        safe = _safe_name(name, self.file_names)
        self._digest.update(safe.encode() + b"\0")
        with (self.folder / safe).open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        self.file_names.append(safe)

    def _write(self, out: BinaryIO, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if self.size_bytes > self.bytes_max:
            raise UploadTooLarge(self.bytes_max)
        self._digest.update(chunk)
        out.write(chunk)


@contextmanager
def files_arriving(inbox: Path, *, bytes_max: int) -> Generator[Arrival]:
    """Open an upload's folder; when the block ends the files are complete under `inbox/<id>/source`.

    An error, or a sender that goes away, leaves nothing behind. Raises EmptyUpload when no byte came.
    """
    public_id = new_public_id("upl")
    part = inbox / f"{public_id}.part"
    part.mkdir(parents=True)
    arrival = Arrival(public_id, part, bytes_max)
    try:
        yield arrival
        if arrival.size_bytes == 0:
            raise EmptyUpload
        (inbox / public_id).mkdir()
        part.rename(inbox / public_id / "source")
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def file_chunks(path: Path) -> Iterator[bytes]:
    """Yield a local file in pieces."""
    with path.open("rb") as source:
        while chunk := source.read(_COPY_BYTES):
            yield chunk


def receive_upload(
    session: Session, dataset: Dataset, person: Asker, arrival: Arrival, *, now: datetime, queued: bool = True
) -> Upload:
    """Write the row of an upload whose files are complete, with the run people watch and the job that reads it.

    Without `queued` there is no job: the caller reads it in its own process.
    """
    upload = Upload(
        public_id=arrival.public_id,
        dataset_id=dataset.id,
        person_id=person.id,
        file_names=arrival.file_names,
        bytes=arrival.size_bytes,
        digest=arrival.digest,
        received_at=now,
    )
    session.add(upload)
    session.flush()
    start_run(session, "ingest", upload_subject(upload.public_id), now=now)
    if queued:
        defer(session, "ingest", upload_id=upload.public_id)
    return upload


def upload_subject(public_id: str) -> str:
    """Return the name under which the run of an upload is followed: `latest_run(session, upload_subject(id))`."""
    return f"upload:{public_id}"


def upload_of(session: Session, person: Asker, public_id: str) -> Upload:
    """Return the person's upload; operators see all. Raises NoSuchUpload."""
    found = session.scalar(select(Upload).where(Upload.public_id == public_id))
    if found is None or (found.person_id != person.id and not person.is_operator):
        raise NoSuchUpload
    return found


def uploads_of(session: Session, person: Asker, dataset_id: int) -> Sequence[Upload]:
    """Return the person's uploads to a dataset, newest first."""
    mine = (Upload.dataset_id == dataset_id) & (Upload.person_id == person.id)
    return session.scalars(select(Upload).where(mine).order_by(Upload.id.desc())).all()


def _safe_name(name: str, taken: Sequence[str]) -> str:
    safe = PurePosixPath(name.replace("\\", "/")).name.strip()
    if not safe or safe.startswith(".") or "\0" in safe or len(safe.encode()) > 200:
        raise BadFileName(name)
    if safe not in taken:
        return safe
    stem, dot, ending = safe.partition(".")
    return next(each for n in range(2, len(taken) + 3) if (each := f"{stem}_{n}{dot}{ending}") not in taken)
