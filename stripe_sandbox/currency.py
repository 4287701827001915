"""What the API says about currencies: how many digits, the least charge, the step, and the processing fee.

Amounts are integers in the unit of the API: cents, yen, fils. Sources: docs.stripe.com/currencies.
"""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.errors import invalid

# fmt: off
ZERO_DECIMAL: Final = frozenset([
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
])
# fmt: on
THREE_DECIMAL: Final = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# fmt: off
_TWO_DECIMAL: Final = frozenset([
    "usd", "aed", "afn", "all", "amd", "ang", "aoa", "ars", "aud", "awg", "azn", "bam", "bbd", "bdt", "bgn", "bmd",
    "bnd", "bob", "brl", "bsd", "bwp", "byn", "bzd", "cad", "cdf", "chf", "cny", "cop", "crc", "cve", "czk", "dkk",
    "dop", "dzd", "egp", "etb", "eur", "fjd", "fkp", "gbp", "gel", "gip", "gmd", "gtq", "gyd", "hkd", "hnl", "htg",
    "huf", "idr", "ils", "inr", "isk", "jmd", "kes", "kgs", "khr", "kyd", "kzt", "lak", "lbp", "lkr", "lrd", "lsl",
    "mad", "mdl", "mkd", "mmk", "mnt", "mop", "mur", "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nio", "nok",
    "npr", "nzd", "pab", "pen", "pgk", "php", "pkr", "pln", "qar", "ron", "rsd", "rub", "sar", "sbd", "scr", "sek",
    "sgd", "shp", "sle", "sos", "srd", "std", "szl", "thb", "tjs", "top", "try", "ttd", "twd", "tzs", "uah", "ugx",
    "uyu", "uzs", "wst", "xcd", "yer", "zar", "zmw",
])
# fmt: on
# Kept at two digits for old clients, though the currency has none: amounts must end in 00.
_WHOLE_UNITS: Final = frozenset({"isk", "ugx"})
_MINIMUM: Final[Mapping[str, int]] = {
    "aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000, "myr": 200,
    "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000, "kwd": 100,
}  # fmt: skip
_AMOUNT_MAX: Final = 99_999_999
# Basis points and fixed part; everything else pays 2.9 % + 30.
_FEES: Final[Mapping[str, tuple[int, int]]] = {"eur": (290, 25), "gbp": (290, 20), "jpy": (360, 0), "kwd": (290, 40)}


def check_currency(code: str, *, param: str = "currency") -> str:
    """Give the code in lower case, or raise the 400 for a currency Stripe does not take."""
    low = code.lower()
    if low not in _TWO_DECIMAL | ZERO_DECIMAL | THREE_DECIMAL:
        message = f"Invalid currency: {code[:20]}. Stripe currently supports these currencies: usd, eur, gbp, jpy, ..."
        raise invalid(message, param=param)
    return low


def check_step(amount: int, currency: str, *, param: str) -> None:
    """Refuse an amount the currency cannot hold: KWD in steps of 10, ISK and UGX in whole units."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in _WHOLE_UNITS else 1
    if amount % step:
        message = f"Invalid amount: {currency.upper()} amounts must be evenly divisible by {step}."
        raise invalid(message, param=param, code="invalid_charge_amount")


def check_charge(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuse an amount that cannot be charged: too small, too large, or between two steps."""
    check_step(amount, currency, param=param)
    least = _MINIMUM.get(currency, 50)
    if amount < least:
        message = f"The Checkout Session's total amount due must add up to at least {shown(least, currency)}"
        raise invalid(message, param=param, code="amount_too_small")
    if amount > _AMOUNT_MAX:
        message = f"Amount must be no more than {shown(_AMOUNT_MAX, currency)}"
        raise invalid(message, param=param, code="amount_too_large")


def processing_fee(amount: int, currency: str) -> int:
    """Give what Stripe keeps of a card charge: a share, rounded half up, and a fixed part."""
    share_bp, fixed = _FEES.get(currency, (290, 30))
    step = 10 if currency in THREE_DECIMAL else 1
    fee = half_up(amount * share_bp, 10_000) + fixed
    return min(amount, half_up(fee, step) * step)


def half_up(numerator: int, denominator: int) -> int:
    """Divide positive integers and round half up, without floats."""
    return (2 * numerator + denominator) // (2 * denominator)


def digits_of(currency: str) -> int:
    """Give how many digits an amount has behind its point."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def shown(amount: int, currency: str) -> str:
    """Give an amount as people read it: `$10.00`, `¥500`, `KWD 5.120`."""
    digits = digits_of(currency)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    text = f"{size // 10**digits:,}" + (f".{size % 10**digits:0{digits}d}" if digits else "")
    symbol = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(currency, f"{currency.upper()} ")
    return f"{sign}{symbol}{text}"
