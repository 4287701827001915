"""Carriers and their tracking numbers, and addresses, as pure decisions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from polidat.core import COUNTRIES, Invalid
from polidat.payments import Address

SENT_WITHIN = timedelta(days=30)  # after the payment; else the line is given back
RECEIVED_AFTER = timedelta(days=14)  # since it was sent: who says nothing has it
ADDRESS_KEPT = timedelta(days=90)  # after the parcel's end
ASKED_AGAIN = (timedelta(days=1), timedelta(days=3), timedelta(days=7))  # for an address, after the payment
_CHARS_MAX = 200
_S10 = re.compile(r"([A-Z]{2})(\d{8})(\d)([A-Z]{2})")
_UPS = re.compile(r"1Z[0-9A-Z]{15}\d")
_ANY = re.compile(r"[A-Z0-9][A-Z0-9 ./-]{0,58}")


@dataclass(frozen=True)
class Carrier:
    """A delivery service. `shapes` are patterns of its numbers, none for any; `{}` in `page` is the number."""

    name: str
    shapes: str = ""
    page: str = ""


# The shapes are those the carriers print; what none of them fits is most likely mistyped.
CARRIERS: Mapping[str, Carrier] = {
    "dhl": Carrier(
        "DHL",
        r"\d{10}|\d{12}|\d{14}|\d{16}|\d{20}|J[VJ]?D\w{14,20}|S10",
        "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    ),
    "dpd": Carrier("DPD", r"\d{14}[0-9A-Z]?", "https://tracking.dpd.de/status/en_US/parcel/{}"),
    "fedex": Carrier("FedEx", r"\d{12}|\d{15}|\d{20}|\d{22}", "https://www.fedex.com/fedextrack/?trknbr={}"),
    "gls": Carrier("GLS", r"\d{11,12}|[0-9A-Z]{8}", "https://gls-group.com/track/{}"),
    "post_at": Carrier("Österreichische Post", r"\d{16}|\d{22}|S10", "https://www.post.at/sv/sendungsdetails?snr={}"),
    "royal_mail": Carrier("Royal Mail", r"S10|[0-9A-Z]{16}|[0-9A-Z]{21}",
                          "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
    "ups": Carrier("UPS", r"UPS|\d{9}|T\d{10}", "https://www.ups.com/track?tracknum={}"),
    "usps": Carrier("USPS", r"\d{20}|\d{22}|S10", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    "other": Carrier("Another carrier"),
}  # fmt: skip


def reminders_due(paid_at: datetime, now: datetime) -> int:
    """Return how many times a buyer should have been reminded by now that a parcel has no address."""
    return sum(paid_at + each <= now for each in ASKED_AGAIN)


def checked_tracking(carrier: str, number: str) -> str:
    """Return a tracking number as it is kept, in capitals; another carrier's may be empty.

    Raises Invalid for a carrier we do not know, and for a number the carrier does not have.
    """
    known = CARRIERS.get(carrier)
    if known is None:
        raise Invalid("Choose a carrier from the list.")
    text = number.strip().upper()
    if not known.shapes:
        if text and not _ANY.fullmatch(text):
            raise Invalid("A tracking number has at most 59 letters, digits and dashes.")
        return text
    text = re.sub(r"[\s-]", "", text)
    if not any(_fits(shape, text) for shape in known.shapes.split("|")):
        raise Invalid(f"“{number.strip()[:40]}” is no tracking number of {known.name}. Copy it from the label.")
    return text


def tracking_page(carrier: str, number: str) -> str:
    """Return the address where a parcel is followed; empty when there is none."""
    known = CARRIERS.get(carrier)
    return known.page.format(quote(number, safe="")) if known and known.page and number else ""


def checked_address(address: Address, countries: tuple[str, ...]) -> Address:
    """Return an address as it is kept. Raises Invalid for one that lacks something, or where it is not sent to."""
    parts = {name: text.strip() for name, text in vars(address).items()}
    parts["country"] = parts["country"].upper()
    missing = next((name for name in ("name", "line1", "city", "postal_code") if not parts[name]), None)
    if missing is not None:
        said = {"name": "who receives it", "line1": "street and number", "city": "the city"}
        raise Invalid(f"Write {said.get(missing, 'the postal code')}.")
    if any(len(text) > _CHARS_MAX for text in parts.values()):
        raise Invalid(f"Keep each line of the address under {_CHARS_MAX} characters.")
    if not goes_to(parts["country"], countries):
        raise Invalid(f"It is sent to {', '.join(countries)} only." if countries else "Choose a country.")
    return Address(**parts)


def goes_to(country: str, countries: tuple[str, ...]) -> bool:
    """Return whether something is sent to this country; no countries are any."""
    return country in (countries or COUNTRIES)


def common_countries(each_goes_to: list[list[str]]) -> tuple[str, ...] | None:
    """Return the countries all of these are sent to, empty for any; None when there is no such country."""
    limited = [set(each) for each in each_goes_to if each]
    if not limited:
        return ()
    common = limited[0].intersection(*limited[1:])
    return tuple(sorted(common)) if common else None


def _fits(shape: str, text: str) -> bool:
    if shape == "S10":
        return _is_s10(text)
    if shape == "UPS":
        return _is_ups(text)
    return re.fullmatch(shape, text) is not None


def _is_s10(text: str) -> bool:
    """Numbers of the post: https://www.upu.int/UPU/media/upu/files/postalSolutions/programmesAndServices/standards/S10-12.pdf"""
    found = _S10.fullmatch(text)
    if found is None:
        return False
    rest = 11 - sum(int(digit) * by for digit, by in zip(found[2], (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return int(found[3]) == {10: 0, 11: 5}.get(rest, rest)


def _is_ups(text: str) -> bool:
    """Numbers that begin with 1Z end with a check digit: letters count 2, 3 … 9, 0, 1 …, every second one twice."""
    if not _UPS.fullmatch(text):
        return False
    values = [int(each) if each.isdigit() else (ord(each) - 63) % 10 for each in text[2:-1]]
    whole = sum(values[0::2]) + 2 * sum(values[1::2])
    return (10 - whole % 10) % 10 == int(text[-1])
