"""Facts of access."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AccessGranted:
    """Somebody may read a dataset from now on."""

    dataset_id: int
    person_id: int
    order_line: str
    kind: str


@dataclass(frozen=True)
class AccessEnded:
    """A grant no longer opens its dataset; another one may still do."""

    dataset_id: int
    person_id: int
    order_line: str
    state: str
