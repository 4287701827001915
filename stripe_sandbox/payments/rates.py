"""Exchange: which currencies of buyers settle in another one on the platform, and at what rate."""

import json
from decimal import Decimal, InvalidOperation
from typing import Final

from stripe_sandbox.call import Body, Call
from stripe_sandbox.currency import check_currency, half_up, processing_fee
from stripe_sandbox.errors import invalid, missing
from stripe_sandbox.http.listing import page_of
from stripe_sandbox.http.operation import Operation
from stripe_sandbox.http.plain import PAGED

SETTLES_IN: Final = "usd"
_SHARE_BP: Final = 100  # of what was exchanged, beside the processing fee


def set_rates(call: Call, given: Body) -> Body:
    """Let charges in these currencies settle in US dollars at these rates, written as text; none lets them be."""
    rates: dict[str, str] = {}
    for code, text in given.items():
        try:
            rate = Decimal(str(text))
        except InvalidOperation as wrong:
            raise invalid(f"{text!r} is no rate", param=code) from wrong
        if not 0 < rate < 1000:
            raise invalid("a rate is above 0 and below 1000", param=code)
        rates[check_currency(code)] = str(rate)
    call.tx.sql("INSERT OR REPLACE INTO switches (name, value) VALUES ('rates', ?)", (json.dumps(rates),))
    return {"rates": rates}


def _shown(call: Call, currency: str) -> Body:
    """Give what one unit of a currency is in every other one there is a rate for, by way of the dollar."""
    found = call.tx.sql("SELECT value FROM switches WHERE name = 'rates'")
    in_usd = {SETTLES_IN: Decimal(1), **{code: Decimal(text) for code, text in
                                         (json.loads(found[0]["value"]) if found else {}).items()}}  # fmt: skip
    if currency not in in_usd:
        raise missing("exchange rate", currency, param="rate_id")
    rates = {code: float(in_usd[currency] / each) for code, each in sorted(in_usd.items())}
    return {"id": currency, "object": "exchange_rate", "rates": rates}


def retrieve_rate(call: Call, params: Body, rate_id: str) -> Body:
    """Give the rates of one currency, as the control surface has set them."""
    del params
    return _shown(call, rate_id.lower())


def list_rates(call: Call, params: Body) -> Body:
    """Give a page of currencies with their rates."""
    found = call.tx.sql("SELECT value FROM switches WHERE name = 'rates'")
    codes = sorted({SETTLES_IN, *(json.loads(found[0]["value"]) if found else ())})
    return page_of("/v1/exchange_rates", [_shown(call, code) for code in codes], params, kind="exchange rate")


def rate_of(call: Call, currency: str) -> Decimal | None:
    """Give the rate a currency is exchanged at now; none when it settles as it is."""
    found = call.tx.sql("SELECT value FROM switches WHERE name = 'rates'")
    rates = json.loads(found[0]["value"]) if found else {}
    return Decimal(rates[currency]) if currency in rates else None


def exchanged(amount: int, rate: Decimal) -> int:
    """Give an amount at a rate, rounded half up, with its sign."""
    numerator, denominator = rate.as_integer_ratio()
    size = half_up(abs(amount) * numerator, denominator)
    return size if amount >= 0 else -size


def settled(call: Call, amount: int, currency: str) -> tuple[int, str, Decimal | None]:
    """Give what an amount is on the platform's balance, in which currency, and at which rate."""
    rate = rate_of(call, currency)
    return (amount, currency, None) if rate is None else (exchanged(amount, rate), SETTLES_IN, rate)


def charge_fee(amount: int, currency: str, *, was_exchanged: bool) -> int:
    """Give what Stripe keeps of a charge that settled so."""
    fee = processing_fee(amount, currency)
    return min(amount, fee + half_up(amount * _SHARE_BP, 10_000)) if was_exchanged else fee


OPERATIONS = {
    "GET /v1/exchange_rates": Operation(list_rates, PAGED),
    "GET /v1/exchange_rates/{rate_id}": Operation(retrieve_rate),
}
