"""What the books refuse. All of it is a mistake of ours, so all of it is Broken.

Broken
├── Unbalanced
├── NoAccountCode
├── MixedMemo
└── KeyReused
"""

from collections.abc import Mapping

from polidat.core import Broken


class Unbalanced(Broken):
    """The legs do not sum to zero in every currency, or are fewer than two."""

    def __init__(self, key: str, sums: Mapping[str, int]) -> None:
        super().__init__("A posting did not balance. Nothing was written.", key=key, sums=dict(sums))


class NoAccountCode(Broken):
    """The text is no account of the chart."""

    def __init__(self, code: str) -> None:
        super().__init__("A posting named an account that cannot exist. Nothing was written.", code=code)


class MixedMemo(Broken):
    """Some legs are notes beside the books, and some are money."""

    def __init__(self, key: str) -> None:
        super().__init__("A posting mixed notes with money. Nothing was written.", key=key)


class KeyReused(Broken):
    """The key was used before, for another content."""

    def __init__(self, key: str, txn_id: int) -> None:
        super().__init__("A posting repeated the key of a different one. Nothing was written.", key=key, txn_id=txn_id)
