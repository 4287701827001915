"""Money as integers in minor units, with the rounding and splitting rules of the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from polidat.core.errors import Invalid


@dataclass(frozen=True)
class Currency:
    """A currency as Stripe charges it: https://docs.stripe.com/currencies

    `exponent` is the number of decimals of the API's minor unit, `charge_step` the multiple
    an amount must be, `charge_min_minor` the smallest charge.
    """

    code: str
    exponent: int
    charge_step: int = 1
    charge_min_minor: int = 50


_CURRENCIES = {
    each.code: each
    for each in (
        Currency("usd", 2),
        Currency("eur", 2),
        Currency("gbp", 2, charge_min_minor=30),
        Currency("cad", 2),
        Currency("aud", 2),
        Currency("chf", 2),
        Currency("jpy", 0),
        Currency("kwd", 3, charge_step=10, charge_min_minor=500),
    )
}


def currency(code: str) -> Currency:
    """Return the currency named by a lower-case ISO 4217 code. Raises Invalid for one we do not trade in."""
    try:
        return _CURRENCIES[code.lower()]
    except KeyError:
        known = ", ".join(sorted(_CURRENCIES))
        raise Invalid(f"“{code}” is not a currency we can charge. Choose one of: {known}.") from None


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units of one currency (cents for usd, yen for jpy)."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise Invalid(f"{self.currency} and {other.currency} cannot be added.")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + Money(-other.minor, other.currency)

    @classmethod
    def parse(cls, text: str, code: str) -> "Money":
        """Read a decimal amount such as "19.00". Raises Invalid for anything else, or too many decimals."""
        known = currency(code)
        try:
            scaled = Decimal(text.strip()).scaleb(known.exponent)
        except InvalidOperation:
            raise Invalid(f"“{text}” is not an amount. Write it like 19.00.") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise Invalid(f"“{text}” has more decimals than {known.code} has ({known.exponent}).")
        return cls(int(scaled), known.code)

    def __str__(self) -> str:
        return money_text(self)


def money_text(amount: Money) -> str:
    """Return the amount for people: "19.00 USD", with thousands separated by commas."""
    exponent = currency(amount.currency).exponent
    scaled = Decimal(amount.minor).scaleb(-exponent)
    return f"{scaled:,.{exponent}f} {amount.currency.upper()}"


def half_away(value: Fraction) -> int:
    """Round to the nearest integer, halves away from zero."""
    whole, rest = divmod(abs(value), 1)
    rounded = int(whole) + (1 if rest >= Fraction(1, 2) else 0)
    return rounded if value >= 0 else -rounded


def share(minor: int, bps: int) -> int:
    """Return `bps` basis points of an amount, rounded half away from zero."""
    return half_away(Fraction(minor * bps, 10_000))


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights with the largest-remainder method; ties go to the earlier part.

    The parts sum to `minor`, each is within one unit of its exact share, and a zero weight gets zero.
    Raises Invalid when the weights are negative or sum to zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights, default=0) < 0:
        raise Invalid("Cannot split an amount by weights that sum to zero or are negative.")
    sign = 1 if minor >= 0 else -1
    exact = [Fraction(abs(minor) * weight, total) for weight in weights]
    parts = [int(each) for each in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: abs(minor) - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


def bps_of(text: str) -> int:
    """Read a percentage such as "12.5" as basis points. Raises Invalid for anything else, or finer than 0.01 %."""
    try:
        scaled = Decimal(text.strip().removesuffix("%").strip()).scaleb(2)
    except InvalidOperation:
        raise Invalid(f"“{text}” is not a percentage. Write it like 12.5.") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise Invalid(f"“{text}” is finer than a hundredth of a percent. Write it like 12.5.")
    return int(scaled)


MICROS = 1_000_000  # of one minor unit: prices of single uses are finer than a cent


def micros_text(micros: int, code: str) -> str:
    """Return a price finer than the minor unit for people: "0.0135 USD", with at least the currency's decimals."""
    exponent = currency(code).exponent
    exact = Decimal(micros).scaleb(-6 - exponent).normalize()
    decimals = max(exponent, -int(exact.as_tuple().exponent))
    return f"{exact:,.{decimals}f} {code.upper()}"


def parse_micros(text: str, code: str) -> int:
    """Read a price such as "0.0135" as millionths of the minor unit. Raises Invalid for anything else."""
    exponent = currency(code).exponent
    try:
        scaled = Decimal(text.strip()).scaleb(6 + exponent)
    except InvalidOperation:
        raise Invalid(f"“{text}” is not a price. Write it like 0.0135.") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or scaled < 0:
        raise Invalid(f"“{text}” is not a price. Write it like 0.0135, with at most {6 + exponent} decimals.")
    return int(scaled)
