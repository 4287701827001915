"""Facts of the lake."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VersionCommitted:
    """A dataset has a new version, and readers see it from now on."""

    dataset_id: int
    version_id: int
    number: int
    is_blocked: bool
