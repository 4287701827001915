"""Numbers and billing details, on paper."""

import pytest

from polidat.core import Invalid
from polidat.invoices import Party
from polidat.invoices.rules import CHARS_MAX, checked, number_of
from tests.invoices.conftest import ACME


def with_(**changes: str) -> Party:
    return Party(**{**ACME.kept(), **changes})


def test_a_number_has_its_year_and_six_digits():
    assert number_of("PD", 2026, 123) == "PD-2026-000123"
    assert number_of("PD-CN", 2027, 1_234_567) == "PD-CN-2027-1234567"


def test_details_are_kept_without_blanks_and_codes_in_capitals():
    kept = checked(with_(name="  Acme   GmbH ", country="at", tax_id="atu 12345678"))

    assert (kept.name, kept.country, kept.tax_id) == ("Acme GmbH", "AT", "ATU 12345678")
    assert kept.address == ("Ring 1", "1010 Wien", "AT")
    assert kept.in_one_line == "Acme GmbH, Ring 1, 1010 Wien, AT, tax id ATU 12345678"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": " ", "city": ""}, "Missing: name, city"),
        ({"line1": "x" * (CHARS_MAX["line1"] + 1)}, "address is longer than 120"),
        ({"country": "XX"}, "not a country"),
        ({"city": "Жδ Wien"}, "cannot show these letters of the city: Жδ"),
        ({"order_reference": "\u0301 \u0301"}, "cannot show these letters of the reference"),
        ({"tax_id": "<script>"}, "letters, digits"),
        ({"tax_id": "DE123456789"}, "in AT begins with AT, this one with DE"),
        ({"country": "GR", "tax_id": "GR123456789"}, None),
        ({"country": "GR", "tax_id": "DE123456789"}, "in GR begins with EL"),
    ],
)
def test_details_nobody_can_bill_are_refused_with_what_is_wrong(changes, says):
    if says is None:  # no EU company's number begins so: it is some other id
        assert checked(with_(**changes)).tax_id == changes["tax_id"]
        return
    with pytest.raises(Invalid, match=says):
        checked(with_(**changes))


@pytest.mark.parametrize(("country", "tax_id"), [("US", "12-3456789"), ("CH", "CHE-123.456.789 MWST"), ("DE", "")])
def test_tax_ids_of_elsewhere_and_none_are_taken(country, tax_id):
    assert checked(with_(country=country, tax_id=tax_id)).tax_id == tax_id
