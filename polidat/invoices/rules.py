"""What a number looks like, and what billing details have to be."""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from polidat.core import COUNTRIES, Invalid
from polidat.paper import unprintable

INVOICES, CREDIT_NOTES = "PD", "PD-CN"
CHARS_MAX = {
    "name": 160, "line1": 120, "line2": 120, "postal_code": 20, "city": 80, "country": 2, "tax_id": 30,
    "order_reference": 60,
}  # fmt: skip
_NAMES = {
    "name": "name", "line1": "address", "line2": "second line of the address", "postal_code": "postal code",
    "city": "city", "country": "country", "tax_id": "tax id", "order_reference": "reference",
}  # fmt: skip
_NEEDED = ("name", "line1", "city", "country")
_TAX_ID = re.compile(r"[A-Z0-9][A-Z0-9 ./+*-]{2,}")
# VAT numbers begin with the country's letters, but for Greece: Directive 2006/112/EC, article 215
_VAT_PREFIX = {
    code: code
    for code in (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
        "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
} | {"GR": "EL"}  # fmt: skip
_VAT_NUMBER = re.compile(r"([A-Z]{2})[A-Z0-9+*]{8,12}")


@dataclass(frozen=True)
class Party:
    """Somebody on an invoice: name, address, tax id, and a reference of their own. `country` is two letters."""

    name: str
    line1: str = ""
    line2: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    tax_id: str = ""
    order_reference: str = ""

    @property
    def address(self) -> tuple[str, ...]:
        """The lines below the name."""
        place = " ".join(each for each in (self.postal_code, self.city) if each)
        return tuple(each for each in (self.line1, self.line2, place, self.country) if each)

    @property
    def in_one_line(self) -> str:
        """Name, address and tax id, with commas."""
        tax = f"tax id {self.tax_id}" if self.tax_id else ""
        return ", ".join(each for each in (self.name, *self.address, tax) if each)

    def kept(self) -> dict[str, Any]:
        """Return it as an invoice keeps it."""
        return asdict(self)


def number_of(series: str, year: int, sequence: int) -> str:
    """Return a number for people: "PD-2026-000123"."""
    return f"{series}-{year}-{sequence:06}"


def checked(party: Party) -> Party:
    """Return the details without blanks at their ends, country and tax id in capitals.

    Raises Invalid for a missing name, address, city or country, for what is too long or cannot be printed, for an
    unknown country, and for a tax id that cannot be one: an EU company's VAT number begins with its country.
    """
    told = {each.name: " ".join(str(getattr(party, each.name)).split()) for each in fields(party)}
    told["country"], told["tax_id"] = told["country"].upper(), told["tax_id"].upper()
    missing = [_NAMES[name] for name in _NEEDED if not told[name]]
    if missing:
        raise Invalid(f"An invoice needs a name and an address. Missing: {', '.join(missing)}.")
    for name, most in CHARS_MAX.items():
        if len(told[name]) > most:
            raise Invalid(f"The {_NAMES[name]} is longer than {most} characters. Shorten it.")
        if lost := unprintable(told[name]):
            raise Invalid(f"An invoice cannot show these letters of the {_NAMES[name]}: {lost} Use Latin letters.")
    if told["country"] not in COUNTRIES:
        raise Invalid(f"“{party.country}” is not a country. Give its two letters, such as AT.")
    _check_tax_id(told["tax_id"], told["country"])
    return Party(**told)


def _check_tax_id(tax_id: str, country: str) -> None:
    if not tax_id:
        return
    if not _TAX_ID.fullmatch(tax_id):
        raise Invalid("A tax id has letters, digits, blanks and . / + * - only. Leave it empty if you have none.")
    vat = _VAT_NUMBER.fullmatch(re.sub(r"[ .-]", "", tax_id))
    wanted = _VAT_PREFIX.get(country)
    if vat and wanted and vat[1] in _VAT_PREFIX.values() and vat[1] != wanted:
        raise Invalid(f"A VAT number in {country} begins with {wanted}, this one with {vat[1]}. Correct one of them.")
