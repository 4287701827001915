"""What paying by use adds to a query, and whether a wallet of 1.00 is ever overspent by 200 runs at once.

Run: python -m benchmarks.wallet [rounds]. The same small query is run by somebody who bought the data and by somebody
who pays by use, in turns; the difference of the medians is what reserving, charging and booking cost.
"""

import sys
import tempfile
import threading
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

from polidat.access import GrantKind, WalletEmpty, add_credit, drifted_wallets, grant, wallets_of
from polidat.catalog import Priced, pay_per_use, set_usage_prices
from polidat.core import MICROS, Money
from polidat.people import Person
from polidat.query import query_listing
from polidat.settings import Settings
from polidat.wiring import House, open_house
from tests.factories import agreeing, person, published

SQL = "SELECT pollster, count(*) AS n FROM polls GROUP BY 1"
PRICE = 1_350_000  # 0.0135 USD
AT_ONCE = 200


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with tempfile.TemporaryDirectory(prefix="polidat_bench_", ignore_cleanup_errors=True) as folder:
        house = open_house(Settings(home=Path(folder), demo_data=False), companions=False)
        try:
            return _compare(house, Path(folder), rounds)
        finally:
            house.close()


def _compare(house: House, folder: Path, rounds: int) -> int:
    listing = published(house, folder, "Bench polls", price_minor=1_900)
    bought, by_use = person(house, "bought"), person(house, "by-use")
    with house.unit_of_work() as session:
        set_usage_prices(session, session.get_one(Person, listing.store.owner_id), listing.id, {Priced.QUERY: PRICE})
        grant(session, bought.id, listing.dataset_id, order_line="b", kind=GrantKind.PURCHASE, now=house.now())
        pay_per_use(session, by_use, listing.id, now=house.now(), agreed=agreeing(session, by_use, listing.id))
        add_credit(session, by_use.id, Money(100_000, "usd"), origin="C:order:bench", key="bench", at=house.now())

    def run(who: Person) -> float:
        start = perf_counter()
        query_listing(
            house.database, house.query_pool, who, listing.slug, SQL, limits=house.query_limits, now=house.now()
        )
        return (perf_counter() - start) * 1000

    times: dict[str, list[float]] = {"bought": [], "by use": []}
    for number in range(rounds + 20):
        for name, who in (("bought", bought), ("by use", by_use)):
            took = run(who)
            if number >= 20:
                times[name].append(took)
    for name, found in times.items():
        print(f"{name:8} p50 {median(found):6.2f} ms  p95 {quantiles(found, n=20)[18]:6.2f} ms")
    added = median(times["by use"]) - median(times["bought"])
    print(f"paying by use adds {added:.2f} ms at p50 (ratio {median(times['by use']) / median(times['bought']):.2f})")
    spent_right = _race(house, listing.id, listing.slug)
    return 0 if spent_right else 1


def _race(house: House, listing_id: int, slug: str) -> bool:
    racer = person(house, "racer")
    with house.unit_of_work() as session:
        pay_per_use(session, racer, listing_id, now=house.now(), agreed=agreeing(session, racer, listing_id))
        add_credit(session, racer.id, Money(100, "usd"), origin="C:order:race", key="race", at=house.now())
    outcome: list[bool] = []

    def use(runs: int) -> None:
        for _ in range(runs):
            try:
                query_listing(
                    house.database, house.query_pool, racer, slug, SQL, limits=house.query_limits, now=house.now()
                )
                outcome.append(True)
            except WalletEmpty:
                outcome.append(False)

    began = perf_counter()
    threads = [threading.Thread(target=use, args=(AT_ONCE // 16 + (each < AT_ONCE % 16),)) for each in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with house.reading() as session:
        (wallet,) = wallets_of(session, racer)
        right = drifted_wallets(session) == []
    paid = outcome.count(True)
    right = right and wallet.balance_micros == 100 * MICROS - paid * PRICE and wallet.held_micros == 0
    verdict = "right" if right else "WRONG"
    print(f"{len(outcome)} runs in 16 threads on 1.00 USD at 0.0135: {paid} paid, {len(outcome) - paid} stopped")
    print(f"{wallet.balance_micros} micros left after {perf_counter() - began:.1f} s: {verdict}")
    return right


if __name__ == "__main__":
    sys.exit(main())
