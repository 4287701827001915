"""What Stripe asks for in each country: a short table, for the countries sellers of a marketplace often come from."""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import missing
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.http.plain import PAGED

_CURRENCIES: Final[Mapping[str, str]] = {
    "AT": "eur", "AU": "aud", "BE": "eur", "BR": "brl", "CA": "cad", "CH": "chf", "CZ": "czk", "DE": "eur",
    "DK": "dkk", "ES": "eur", "FI": "eur", "FR": "eur", "GB": "gbp", "GR": "eur", "HK": "hkd", "IE": "eur",
    "IN": "inr", "IT": "eur", "JP": "jpy", "LU": "eur", "MX": "mxn", "MY": "myr", "NL": "eur", "NO": "nok",
    "NZ": "nzd", "PL": "pln", "PT": "eur", "RO": "ron", "SE": "sek", "SG": "sgd", "TH": "thb", "US": "usd",
}  # fmt: skip
_BOTH: Final = ("business_profile.mcc", "business_profile.url", "business_type", "external_account",
                "tos_acceptance.date", "tos_acceptance.ip")  # fmt: skip
_ADDRESS: Final = ("city", "line1", "postal_code")
_PERSON: Final = (
    "individual.dob.day",
    "individual.dob.month",
    "individual.dob.year",
    "individual.email",
    "individual.first_name",
    "individual.last_name",
    "individual.phone",
    *(f"individual.address.{each}" for each in _ADDRESS),
)
_COMPANY: Final = (
    "company.name", "company.phone", "company.tax_id", "owners.email", "owners.first_name", "owners.last_name",
    *(f"company.address.{each}" for each in _ADDRESS),
)  # fmt: skip


def _spec(country: str) -> Body:
    currency = _CURRENCIES[country]
    of_states = [".address.state"] if country in ("AU", "CA", "MX", "US") else []
    ssn = ["individual.ssn_last_4"] if country == "US" else []
    banks = [country] if currency != "eur" else [code for code, used in _CURRENCIES.items() if used == "eur"]
    return {
        "id": country,
        "object": "country_spec",
        "default_currency": currency,
        "supported_bank_account_currencies": {currency: banks},
        "supported_payment_currencies": [currency, *sorted(set(_CURRENCIES.values()) - {currency})],
        "supported_payment_methods": ["card", "stripe", *(["ach"] if country == "US" else [])],
        "supported_transfer_countries": sorted(_CURRENCIES),
        "verification_fields": {
            "company": {
                "additional": ["relationship.representative"],
                "minimum": [*_BOTH, *_COMPANY, *(f"company{each}" for each in of_states)],
            },
            "individual": {
                "additional": ["individual.verification.document"],
                "minimum": [*_BOTH, *_PERSON, *(f"individual{each}" for each in of_states), *ssn],
            },
        },
    }


def retrieve_spec(call: Call, params: Body, country: str) -> Body:
    """Give what is asked for in one country."""
    del call, params
    if country.upper() not in _CURRENCIES:
        raise missing("country", country, param="country")
    return _spec(country.upper())


def list_specs(call: Call, params: Body) -> Body:
    """Give a page of countries."""
    del call
    return page_of("/v1/country_specs", [_spec(each) for each in sorted(_CURRENCIES)], params, kind="country")


OPERATIONS = {
    "GET /v1/country_specs": Operation(list_specs, PAGED),
    "GET /v1/country_specs/{country}": Operation(retrieve_spec),
}
