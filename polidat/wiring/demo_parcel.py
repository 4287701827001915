"""The demo's parcels: ordered, paid at the sandbox with its test card, and sent, so that one is under way."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from polidat.catalog import Agreed, Listing, licences_to_accept
from polidat.core import Unavailable
from polidat.orders import accept_shipment, my_orders, place_order, ship_line, start_payment, sync_order
from polidat.people import Person

if TYPE_CHECKING:
    from polidat.wiring.house import House

_PAID_S = 20
_SEE_OTHER = 303


def has_parcel(session: Session, buyer: Person, title: str) -> bool:
    """Return whether this person has ordered the good before."""
    return any(line.title == title for order in my_orders(session, buyer) for line in order.lines)


def send_parcel(house: "House", buyer: Person, seller: Person, listing: Listing, parcel: Mapping[str, Any]) -> None:
    """Order a good, pay for it, and say that it is on its way. Raises Unavailable when the sandbox takes no payment."""
    with house.unit_of_work() as session:
        if has_parcel(session, buyer, listing.title):
            return
        agreed = Agreed([each.id for each in licences_to_accept(session, buyer, [listing])])
        order = place_order(
            session,
            buyer,
            [listing.id],
            key=f"demo-{listing.slug}",
            deliveries={listing.id: parcel["delivery"]},
            notes={listing.id: parcel["note"]},
            agreed=agreed,
            now=house.now(),
        )
    ref, back = order.public_id, f"{house.settings.base_url}/pay/return/{order.public_id}"
    url = start_payment(house.database, house.gateway, buyer, ref, return_url=back, now=house.now())
    _pay(house, url, buyer.email, parcel["address"])
    sync_order(house.database, house.gateway, buyer, ref, now=house.now())
    with house.unit_of_work() as session:
        accept_shipment(session, seller, ref, 1, now=house.now())
        ship_line(session, seller, ref, 1, parcel["carrier"], parcel["tracking"], now=house.now())


def _pay(house: "House", url: str, email: str, address: Mapping[str, str]) -> None:
    """What the buyer would type at Stripe."""
    import httpx  # only the demo speaks with the sandbox by itself

    card = {"card_number": "4242 4242 4242 4242", "card_expiry": "12 / 40", "card_cvc": "123"}
    form = {"email": email, "billing_name": address["name"], **card}
    form |= {f"ship_{name}": text for name, text in address.items()}
    with httpx.Client(timeout=_PAID_S) as browser:
        opened = browser.get(url)
        page = f"{house.sandbox_url}{opened.headers['location']}" if opened.is_redirect else url
        if browser.post(page, data=form).status_code != _SEE_OTHER:
            raise Unavailable("The sandbox has not taken the demo's payment. The next start tries again.")
