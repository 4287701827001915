"""What can stop a seller from offering, or a visitor from finding.

NotFound
├── NoSuchCoupon
├── NoSuchListing
├── NoSuchRule
└── NoSuchStore
Conflict
├── AttestationNeeded
├── LicenceNotAccepted
├── NotForSale
├── NotGivenTo
├── NothingToPublish
├── SoldAsAWhole
├── VersionBlocked
└── StoreNameTaken
Invalid
├── CouponNotValid
├── PriceTooLow
└── ShareOnly
"""

from collections.abc import Sequence

from polidat.catalog.licences import licence_name
from polidat.core import Conflict, Invalid, Money, NotFound


class NoSuchListing(NotFound):
    """No listing has this name, or this person may not see it."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no listing “{slug[:80]}”, or it is not published.")


class NoSuchStore(NotFound):
    """No store has this name, or it is not this person's."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no store “{slug[:80]}”, or it is not yours.")


class NotForSale(Conflict):
    """The listing is a draft, or was withdrawn."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” is not for sale at the moment.")


class NothingToPublish(Conflict):
    """There is no version that readers could see."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” has no data yet. Upload files and wait until they are committed.")


class VersionBlocked(Conflict):
    """The newest version fails an expectation that blocks publication."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"“{title}” cannot be published: its newest version fails a blocking expectation. "
            "Read the quality report, correct the file or the expectations, and upload again."
        )


class StoreNameTaken(Conflict):
    """Another store has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another store is called “{name}”. Choose a different name.")


class PriceTooLow(Invalid):
    """The price is above zero and below what a card payment may be."""

    def __init__(self, price: Money, least: Money) -> None:
        super().__init__(f"{price} is too little for a card payment. Ask for at least {least}, or make it free.")


class NoSuchCoupon(NotFound):
    """No coupon of this person's stores."""

    def __init__(self) -> None:
        super().__init__("There is no such coupon among yours.")


class CouponNotValid(Invalid):
    """The code takes nothing off here and now."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"The coupon “{code[:40]}” cannot be used: {why}. Leave it out, or try another.")


class NoSuchRule(NotFound):
    """No commission rule has this id."""

    def __init__(self) -> None:
        super().__init__("There is no such commission rule. Look at the list again.")


class ShareOnly(Invalid):
    """Amounts were given for what only a share can be taken of."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"A rule for the kind “{kind}” is a percentage only: it cannot have a fixed part, a least or a most."
        )


class LicenceNotAccepted(Conflict):
    """Somebody wants a listing without having accepted the version of its licence that is in force."""

    def __init__(self, asked: Sequence[tuple[str, int, str]]) -> None:
        """`asked` are title of the listing, id of the version, and short name of the licence."""
        named = ", ".join(f"{number} ({licence_name(code)}) of “{title}”" for title, number, code in asked)
        super().__init__(f"Read and accept the licence first: number {named}.", licences=[each[1] for each in asked])


class AttestationNeeded(Conflict):
    """The listing asks its buyers who they are, where and what for, and this one did not say."""

    def __init__(self, title: str) -> None:
        super().__init__(f"“{title}” asks who you are, in which country, and what you want it for. Say so first.")


class NotGivenTo(Conflict):
    """The rules of the listing refuse a buyer's answers."""

    def __init__(self, title: str, why: str) -> None:
        super().__init__(f"“{title}” is not given {why}. You have not been charged.")


class SoldAsAWhole(Conflict):
    """A seller who decides about every buyer, or sends a good, offers subscriptions or single uses, too."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"“{title}” is sold as a whole only, where you decide about each buyer or send a good. Leave out "
            "subscriptions and prices of single uses."
        )
