"""Checkouts a second: an order placed, paid at the sandbox, settled into the books and granted.

Run: python -m benchmarks.checkout [orders per side]. The peer makes the same calls with Stripe's SDK alone: a payment
link, the pay page, and a look at the payment, with nothing written down. Both sides take turns on the same sandbox.
"""

import sys
import tempfile
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import httpx
import stripe

from polidat.catalog import Listing
from polidat.ledger import drifted_balances, trial_balance
from polidat.orders import start_payment, sync_order
from polidat.payments import start_onboarding, sync_account
from polidat.people import Person
from polidat.settings import Settings
from polidat.wiring import House, open_house
from tests.factories import ordered, person, published

BACK = "http://127.0.0.1:1/back"
CARD = {
    "email": "buyer@example.org",
    "card_number": "4242424242424242",
    "card_expiry": "12 / 40",
    "card_cvc": "123",
    "billing_name": "Ada Buyer",
}
_numbers = count()


def main() -> int:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with tempfile.TemporaryDirectory(prefix="polidat_bench_", ignore_cleanup_errors=True) as folder:
        house = open_house(Settings(home=Path(folder), demo_data=False))
        try:
            return _compare(house, *_stocked(house, Path(folder)), orders)
        finally:
            house.close()


def _stocked(house: House, folder: Path) -> tuple[Listing, str]:
    listing = published(house, folder, "Bench polls", price_minor=10_000)
    with house.reading() as session:
        seller = session.get_one(Person, listing.store.owner_id)
    start_onboarding(house.database, house.gateway, seller, return_url=BACK, refresh_url=BACK, now=house.now())
    account = sync_account(house.database, house.gateway, seller, now=house.now())
    assert account is not None
    assert account.stripe_id is not None
    httpx.post(f"{house.sandbox_url}/_sandbox/accounts/{account.stripe_id}/approve", json={}).raise_for_status()
    sync_account(house.database, house.gateway, seller, now=house.now())
    return listing, account.stripe_id


def _compare(house: House, listing: Listing, account: str, orders: int) -> int:
    addresses = dict.fromkeys(("api", "connect", "files", "meter_events"), str(house.sandbox_url))
    client = stripe.StripeClient("sk_test_sim", base_addresses=addresses, max_network_retries=2)

    def ours(web: httpx.Client) -> None:
        number = next(_numbers)
        buyer = person(house, f"buyer{number}")
        with house.unit_of_work() as session:
            order = ordered(session, buyer, [listing.id], key=f"k{number}", now=house.now())
        url = start_payment(house.database, house.gateway, buyer, order.public_id, return_url=BACK, now=house.now())
        _pay(web, str(house.sandbox_url), url)
        assert sync_order(house.database, house.gateway, buyer, order.public_id, now=house.now()).is_fulfilled

    def bare(web: httpx.Client) -> None:
        line = {"currency": "usd", "unit_amount": 10_000, "product_data": {"name": "Bench polls"}}
        link = client.v1.payment_links.create(
            {
                "line_items": [{"price_data": line, "quantity": 1}],
                "application_fee_amount": 1_500,
                "transfer_data": {"destination": account},
                "restrictions": {"completed_sessions": {"limit": 1}},
                "after_completion": {"type": "redirect", "redirect": {"url": BACK}},
            }
        )
        _pay(web, str(house.sandbox_url), link.url)
        (session,) = client.v1.checkout.sessions.list({"payment_link": link.id}).data
        client.v1.payment_intents.retrieve(str(session.payment_intent))

    for workers in (1, 8):
        rates = {name: _rate(do, workers, orders) for name, do in (("sdk alone", bare), ("polidat", ours))}
        for name, (rate, times) in rates.items():
            p95 = quantiles(times, n=20)[18]
            print(f"{workers} at once  {name:10}{rate:6.1f}/s  p50 {median(times):6.0f} ms  p95 {p95:6.0f} ms")
        print(f"{workers} at once  ratio {rates['polidat'][0] / rates['sdk alone'][0]:.2f} of the calls alone")
    with house.reading() as session:
        whole = not drifted_balances(session) and not sum(each.minor for each in trial_balance(session))
    print("every balance is right" if whole else "WRONG: the books do not add up")
    return 0 if whole else 1


def _pay(web: httpx.Client, sandbox: str, url: str) -> None:
    page = web.get(url).headers["location"]
    assert web.post(f"{sandbox}{page}", data=CARD).status_code == 303


def _rate(do: Callable[[httpx.Client], None], workers: int, orders: int) -> tuple[float, list[float]]:
    """Return checkouts a second, and what each took in milliseconds."""
    times: list[float] = []
    left = iter(range(orders))

    def work() -> None:
        with httpx.Client(timeout=30) as web:
            for _ in left:
                start = perf_counter()
                do(web)
                times.append((perf_counter() - start) * 1000)

    began = perf_counter()
    threads = [threading.Thread(target=work) for _ in range(workers)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return orders / (perf_counter() - began), times


if __name__ == "__main__":
    sys.exit(main())
