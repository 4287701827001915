"""Tracking numbers, addresses and countries, without a database."""

import importlib
import re

import pytest

from polidat.core import COUNTRIES, Invalid
from polidat.orders import CARRIERS, tracking_page
from polidat.orders.ship_rules import checked_address, checked_tracking, common_countries
from polidat.payments import Address

ADA = Address("Ada", "Ringstraße 1", "", "Wien", "", "1010", "at")


@pytest.mark.parametrize(
    ("carrier", "given", "kept"),
    [
        ("ups", "1z 999aa1 01 2345 6784", "1Z999AA10123456784"),
        ("ups", "1Z5R89390357567127", "1Z5R89390357567127"),
        ("royal_mail", "RB123456785GB", "RB123456785GB"),
        ("post_at", "rr 473 124 829 fi", "RR473124829FI"),
        ("usps", "9400 1118 9922 3197 4284 99", "9400111899223197428499"),
        ("dhl", "1234567890", "1234567890"),
        ("fedex", "123456789012", "123456789012"),
        ("dpd", "01234567890123", "01234567890123"),
        ("gls", "12345678901", "12345678901"),
        ("other", "", ""),
        ("other", "van 7 / tue", "VAN 7 / TUE"),
    ],
)
def test_a_number_of_the_carrier_is_kept_without_blanks(carrier, given, kept):
    assert checked_tracking(carrier, given) == kept


@pytest.mark.parametrize(
    ("carrier", "given"),
    [
        ("ups", "1Z999AA10123456785"),  # a wrong check digit
        ("ups", ""),
        ("royal_mail", "RB123456784GB"),  # a wrong check digit
        ("usps", "12345"),
        ("dhl", "javascript:alert(1)"),
        ("other", "x" * 60),
        ("other", "<b>"),
        ("pigeon", "1"),
    ],
)
def test_a_number_the_carrier_does_not_have_is_refused(carrier, given):
    with pytest.raises(Invalid):
        checked_tracking(carrier, given)


def test_the_way_to_the_carrier_carries_the_number_and_nothing_else():
    assert tracking_page("ups", "1Z999AA10123456784").endswith("=1Z999AA10123456784")
    assert tracking_page("dhl", "a&b").endswith("a%26b")
    assert tracking_page("other", "1") == tracking_page("ups", "") == tracking_page("pigeon", "1") == ""
    assert all(
        each.page.startswith("https://") and each.page.count("{}") == 1 for each in CARRIERS.values() if each.page
    )


def test_an_address_is_complete_and_in_a_country_it_is_sent_to():
    assert checked_address(ADA, ("AT",)).country == "AT"
    assert checked_address(ADA, ()).lines == ("Ada", "Ringstraße 1", "1010 Wien", "AT")
    for wrong in (
        {"name": " "},
        {"line1": ""},
        {"city": ""},
        {"postal_code": ""},
        {"country": "US"},
        {"line2": "x" * 201},
    ):
        with pytest.raises(Invalid):
            checked_address(Address(**(vars(ADA) | wrong)), ("AT",))
    with pytest.raises(Invalid):
        checked_address(Address(**(vars(ADA) | {"country": "XX"})), ())


def test_what_is_sent_together_goes_where_all_of_it_goes():
    assert common_countries([]) == common_countries([[], []]) == ()
    assert common_countries([["DE", "AT"], [], ["AT", "CH"]]) == ("AT",)
    assert common_countries([["DE"], ["AT"]]) is None


def test_the_countries_are_those_stripe_takes_an_address_in():
    params = importlib.import_module("stripe.params.checkout._session_create_params")
    field = params.SessionCreateParamsShippingAddressCollection.__annotations__["allowed_countries"]

    assert set(COUNTRIES) == set(re.findall(r"'([A-Z]{2})'", str(field).replace('"', "'"))) - {"ZZ"}
