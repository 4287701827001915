"""Merchants a card is used at: what a test says of one, with the code of its category."""

from collections.abc import Mapping
from typing import Final

from stripe_sandbox.call import Body
from stripe_sandbox.errors import not_built

_CODES: Final[Mapping[str, str]] = {
    "advertising_services": "7311", "airlines_air_carriers": "4511", "automated_fuel_dispensers": "5542",
    "book_stores": "5942", "bus_lines": "4131", "business_secretarial_schools": "8244", "car_rental_agencies": "7512",
    "computer_network_services": "4816", "computer_programming": "7372", "computer_software_stores": "5734",
    "computers_peripherals_and_software": "5045", "consulting_public_relations": "7392", "courier_services": "4215",
    "department_stores": "5311", "digital_goods_applications": "5817", "digital_goods_games": "5816",
    "digital_goods_media": "5815", "drug_stores_and_pharmacies": "5912", "eating_places_restaurants": "5812",
    "electronics_stores": "5732", "fast_food_restaurants": "5814", "grocery_stores_supermarkets": "5411",
    "hotels_motels_and_resorts": "7011", "information_retrieval_services": "7375", "insurance_default": "6399",
    "miscellaneous_business_services": "7399", "office_supply_stores": "5111", "professional_services": "8999",
    "service_stations": "5541", "taxicabs_limousines": "4121", "telecommunication_services": "4814",
    "travel_agencies_tour_operators": "4722", "utilities": "4900",
}  # fmt: skip
_TEXTS: Final = ("city", "name", "postal_code", "state", "terminal_id", "url")


def merchant_of(given: Body | None) -> Body:
    """Give a merchant as the API shows it; raises 501 for a category the sandbox has no code for."""
    given = given or {}
    category = given.get("category", "computer_software_stores")
    if category not in _CODES:
        raise not_built(f"merchants of the category {category}")
    texts = {name: given.get(name) for name in _TEXTS}
    return {
        **texts,
        "category": category,
        "category_code": _CODES[category],
        "country": given.get("country", "US"),
        "name": given.get("name", "Test Merchant"),
        "network_id": given.get("network_id", "1234567890"),
        "tax_id": None,
    }
