"""Rates of tax as the sandbox knows them: a standard rate for each country, and what states have.

They are for trying things out, not for filing: local rates, thresholds and reduced rates are left out. Percentages are
text, as the API shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

EU: Final[Mapping[str, str]] = {
    "AT": "20.0", "BE": "21.0", "BG": "20.0", "CY": "19.0", "CZ": "21.0", "DE": "19.0", "DK": "25.0", "EE": "24.0",
    "ES": "21.0", "FI": "25.5", "FR": "20.0", "GR": "24.0", "HR": "25.0", "HU": "27.0", "IE": "23.0", "IT": "22.0",
    "LT": "21.0", "LU": "17.0", "LV": "21.0", "MT": "18.0", "NL": "21.0", "PL": "23.0", "PT": "23.0", "RO": "21.0",
    "SE": "25.0", "SI": "22.0", "SK": "23.0",
}  # fmt: skip
_VAT: Final[Mapping[str, str]] = {
    **EU, "AE": "5.0", "BH": "10.0", "CH": "8.1", "GB": "20.0", "IS": "24.0", "KE": "16.0", "KR": "10.0", "MX": "16.0",
    "NO": "25.0", "NG": "7.5", "SA": "15.0", "TR": "20.0", "TW": "5.0", "UA": "20.0", "ZA": "15.0",
}  # fmt: skip
_GST: Final[Mapping[str, str]] = {"AU": "10.0", "IN": "18.0", "NZ": "15.0", "SG": "9.0"}
_STATES: Final[Mapping[str, str]] = {
    "AL": "4.0", "AR": "6.5", "AZ": "5.6", "CA": "7.25", "CO": "2.9", "CT": "6.35", "DC": "6.0", "FL": "6.0",
    "GA": "4.0", "HI": "4.0", "IA": "6.0", "ID": "6.0", "IL": "6.25", "IN": "7.0", "KS": "6.5", "KY": "6.0",
    "LA": "5.0", "MA": "6.25", "MD": "6.0", "ME": "5.5", "MI": "6.0", "MN": "6.875", "MO": "4.225", "MS": "7.0",
    "NC": "4.75", "ND": "5.0", "NE": "5.5", "NJ": "6.625", "NM": "4.875", "NV": "6.85", "NY": "4.0", "OH": "5.75",
    "OK": "4.5", "PA": "6.0", "RI": "7.0", "SC": "6.0", "SD": "4.2", "TN": "7.0", "TX": "6.25", "UT": "4.85",
    "VA": "4.3", "VT": "6.0", "WA": "6.5", "WI": "5.0", "WV": "6.0", "WY": "4.0",
}  # fmt: skip
NO_SALES_TAX: Final = frozenset({"AK", "DE", "MT", "NH", "OR"})
_HST: Final[Mapping[str, str]] = {"NB": "15.0", "NL": "15.0", "NS": "14.0", "ON": "13.0", "PE": "15.0"}
_PST: Final[Mapping[str, tuple[str, str]]] = {
    "BC": ("pst", "7.0"), "MB": ("rst", "7.0"), "QC": ("qst", "9.975"), "SK": ("pst", "6.0"),
}  # fmt: skip
NONTAXABLE: Final = "txcd_00000000"
CODES: Final[Mapping[str, tuple[str, str]]] = {
    NONTAXABLE: ("Nontaxable", "Any nontaxable good or service"),
    "txcd_10000000": ("General - Electronically Supplied Services", "A category of services delivered by the internet"),
    "txcd_10010001": ("Infrastructure as a service (IaaS) - business use", "Computing capacity, for business use"),
    "txcd_10103000": ("Software as a service (SaaS) - personal use", "Software used over the internet, at home"),
    "txcd_10103001": ("Software as a service (SaaS) - business use", "Software used over the internet, in business"),
    "txcd_10302000": ("Digital Books - downloaded - non subscription - with permanent rights", "A book as a file"),
    "txcd_10401100": ("Digital Audio Works - downloaded - non subscription", "A recording as a file"),
    "txcd_10504003": ("Digital newspapers - subscription", "A newspaper read over the internet"),
    "txcd_10701000": ("Website Data Processing", "Data brought together and prepared by a website"),
    "txcd_20030000": ("General - Services", "Any service that has no code of its own"),
    "txcd_20060000": ("Gift Card", "A card that is worth money somewhere"),
    "txcd_35010000": ("Books", "Printed books"),
    "txcd_92010001": ("Shipping", "The sending of goods"),
    "txcd_99999999": ("General - Tangible Goods", "Any good that has no code of its own"),
}
DEFAULT_CODE: Final = "txcd_10000000"
SHIPPING_CODE: Final = "txcd_92010001"


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax on a sale: what it is called, how much it is, and who takes it."""

    kind: str
    name: str
    percent: str
    level: str
    state: str | None = None


def rates_for(country: str, state: str | None) -> list[Rate]:
    """Give the taxes of a place; none for a country the sandbox has no rate for."""
    if country == "US":
        found = _STATES.get(state or "")
        return [Rate("sales_tax", f"{state} Sales Tax", found, "state", state)] if found else []
    if country == "CA":
        if state in _HST:
            return [Rate("hst", "HST", _HST[state], "state", state)]
        own = _PST.get(state or "")
        of_province = [Rate(own[0], own[0].upper(), own[1], "state", state)] if own else []
        return [Rate("gst", "GST", "5.0", "country"), *of_province]
    if country == "JP":
        return [Rate("jct", "Japanese Consumption Tax", "10.0", "country")]
    if country in _GST:
        return [Rate("gst", "GST", _GST[country], "country")]
    return [Rate("vat", "VAT", _VAT[country], "country")] if country in _VAT else []
