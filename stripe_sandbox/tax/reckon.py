"""How much tax a sale bears: by where the buyer is, where the account is registered, and what is sold."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from stripe_sandbox.call import Body, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.tax.registrations import registrations_of, settings_of
from stripe_sandbox.tax.tables import EU, NO_SALES_TAX, NONTAXABLE, Rate, rates_for

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Place:
    """What holds for every line of a sale: the taxes of the place, or why there are none."""

    country: str
    state: str | None
    rates: tuple[Rate, ...]
    reason: str


def place_of(call: Call, details: Body) -> Place:
    """Give what the buyer's place means; raises 400 without a head office, or for an address that says too little."""
    settings = settings_of(call)
    if settings.body["head_office"] is None:
        message = "You must set the origin address of your head office before taxes can be calculated."
        raise invalid(message, code="stripe_tax_inactive")
    address = details.get("address")
    if address is None:
        raise invalid("The customer's address is needed to reckon tax.", param="customer_details[address]",
                      code="customer_tax_location_invalid")  # fmt: skip
    country, state = address["country"].upper(), (address.get("state") or "").upper() or None
    if country in ("US", "CA") and state is None:
        raise invalid("The address needs its state.", param="customer_details[address]",
                      code="customer_tax_location_invalid")  # fmt: skip
    rates = tuple(rates_for(country, state))
    return Place(country, state, rates, _reason(call, details, country, state, rates))


def _reason(call: Call, details: Body, country: str, state: str | None, rates: tuple[Rate, ...]) -> str:
    if details.get("taxability_override") == "customer_exempt":
        return "customer_exempt"
    if not rates:
        return "not_subject_to_tax" if country == "US" and state in NO_SALES_TAX else "not_supported"
    if not _is_registered(call, country, state):
        return "not_collecting"
    office = settings_of(call).body["head_office"]["address"]["country"]
    names = {each["type"] for each in details.get("tax_ids") or []}
    abroad = country in EU and office != country and "eu_vat" in names
    if details.get("taxability_override") == "reverse_charge" or abroad:
        return "reverse_charge"
    return "standard_rated"


def _is_registered(call: Call, country: str, state: str | None) -> bool:
    for row in registrations_of(call):
        ((code, options),) = row.body["country_options"].items()
        if code.upper() == country and (country != "US" or options.get("state") == state):
            return True
        if options["type"] in ("oss_union", "oss_non_union") and country in EU:
            return True
    return False


def tax_of(place: Place, amount: int, behavior: str, code: str) -> tuple[int, list[Body]]:
    """Give the tax on an amount, in minor units, and how it is made up. Each tax is rounded half up for each line."""
    reason = "product_exempt" if place.reason == "standard_rated" and code == NONTAXABLE else place.reason
    whole = (
        sum((Decimal(each.percent) for each in place.rates), Decimal(0)) if reason == "standard_rated" else Decimal(0)
    )
    base = Decimal(amount)
    if behavior == "inclusive":
        base = base * _HUNDRED / (_HUNDRED + whole)
    parts = [_part(place, each, base, amount, reason) for each in place.rates] or [
        _part(place, None, base, amount, reason)
    ]
    return sum(part["amount"] for part in parts), parts


def _part(place: Place, rate: Rate | None, base: Decimal, amount: int, reason: str) -> Body:
    taxed = rate is not None and reason == "standard_rated"
    tax = int((base * Decimal(rate.percent) / _HUNDRED).to_integral_value(ROUND_HALF_UP)) if rate and taxed else 0
    taxable = int(base.to_integral_value(ROUND_HALF_UP)) if taxed else 0 if reason != "reverse_charge" else amount
    details = {
        "display_name": rate.name, "percentage_decimal": rate.percent if taxed else "0.0", "tax_type": rate.kind,
    } if rate else None  # fmt: skip
    state = rate.state if rate else place.state
    return {
        "amount": tax,
        "jurisdiction": {
            "country": place.country, "display_name": state or place.country,
            "level": rate.level if rate else "country", "state": state,
        },
        "sourcing": "destination",
        "tax_rate_details": details,
        "taxability_reason": reason,
        "taxable_amount": taxable,
    }  # fmt: skip
