"""A small marketplace with a real database and a real sandbox, for the tests of money."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from polidat.catalog import Agreed, Listing, ListingState, draft_listing, open_store
from polidat.core import Money
from polidat.db import Database
from polidat.ledger import balance_of, drifted_balances, trial_balance
from polidat.orders import Order, order_of, refund_order, start_payment
from polidat.payments import Gateway, Refund, receive_event, start_onboarding, sync_account
from polidat.people import Mail, Person, register
from polidat.wiring.payment_jobs import PAYMENT_JOBS
from tests.conftest import RecordedQueue
from tests.factories import agreeing, ordered, take_share
from tests.stripe_sandbox.conftest import CONNECT_SECRET, SECRET, Listener, Sandbox, eventually, follow_link, pay

SECRETS = (SECRET, CONNECT_SECRET)
RETURN_URL = "http://127.0.0.1:1/order"
PAYS, DECLINED, POOR = "4242 4242 4242 4242", "4000000000000002", "4000000000009995"


def now() -> datetime:
    """The sandbox lives in the present, so these tests do too."""
    return datetime.now(UTC)


@dataclass
class World:
    database: Database
    gateway: Gateway
    sandbox: Sandbox
    listener: Listener
    queue: RecordedQueue
    seen: set[str] = field(default_factory=set)

    def person(self, name: str) -> Person:
        with self.database.unit_of_work() as session:
            return register(session, f"{name}@example.org", now=now())

    def seller(self, name: str = "seller", *, approved: bool = True) -> Person:
        """Somebody with a store's worth of rights and an account that may receive."""
        person = self.person(name)
        start_onboarding(self.database, self.gateway, person, return_url=RETURN_URL, refresh_url=RETURN_URL, now=now())
        if approved:
            account = sync_account(self.database, self.gateway, person, now=now())
            assert account is not None
            self.sandbox.control(f"accounts/{account.stripe_id}/approve")
            sync_account(self.database, self.gateway, person, now=now())
        return person

    def listing(
        self, seller: Person, price_minor: int = 10_000, currency: str = "usd", *, title: str = "Polls 2023",
        commission_bps: int | None = None,
    ) -> Listing:  # fmt: skip
        """A published listing in a store of its own; what the data is does not matter here."""
        with self.database.unit_of_work() as session:
            store = open_store(session, seller, f"Store of {title}", now=now())
            if commission_bps is not None:
                take_share(session, store, commission_bps)
            listing = draft_listing(session, seller, store, title, now=now())
            listing.price_minor, listing.currency, listing.state = price_minor, currency, ListingState.PUBLISHED
            session.flush()
            return listing

    def order(self, buyer: Person, *listings: Listing, key: str = "click-1") -> Order:
        with self.database.unit_of_work() as session:
            return ordered(session, buyer, [each.id for each in listings], key=key, now=now())

    def agreeing(self, buyer: Person, *listings: Listing) -> Agreed:
        with self.database.reading() as session:
            return agreeing(session, buyer, *[each.id for each in listings])

    def link(self, buyer: Person, order: Order) -> str:
        return start_payment(self.database, self.gateway, buyer, order.public_id, return_url=RETURN_URL, now=now())

    def open_page(self, url: str) -> str:
        """The pay page of a link; a session's address is its pay page."""
        return url if "/c/pay/" in url else follow_link(self.sandbox, url)

    def pay(self, page: str, card: str = PAYS, **fields: str) -> Any:
        return pay(self.sandbox, page, card, **fields)

    def bought(self, buyer: Person, *listings: Listing, key: str = "click-1") -> Order:
        """An order that is paid at Stripe; whether we know is for the test to say."""
        order = self.order(buyer, *listings, key=key)
        assert self.pay(self.open_page(self.link(buyer, order))).status_code == 303
        return order

    def deliveries(self, *types: str) -> list[tuple[bytes, str]]:
        """Every delivery so far, once `types` have all arrived; only these, when any are given."""
        eventually(lambda: set(types) <= set(self.listener.types()))
        if not types:
            return list(self.listener.got)
        return [got for got in list(self.listener.got) if json.loads(got[0])["type"] in types]

    def receive(self, deliveries: Iterable[tuple[bytes, str]]) -> list[bool]:
        answers = []
        for body, signature in deliveries:
            with self.database.unit_of_work() as session:
                answers.append(receive_event(session, self.gateway, body, signature, secrets=SECRETS, now=now()))
        return answers

    def gateways(self) -> list[Gateway]:
        """Every way to Stripe this world has, for tests that close one."""
        return [self.gateway]

    def work(self) -> int:
        """Do every job that waits, and those they cause."""
        done = 0
        while self.queue.deferred:
            name, arguments = self.queue.deferred.pop(0)
            PAYMENT_JOBS[name](self.database, self.gateway, **arguments, now=now())
            done += 1
        return done

    def work_until(self, name: str) -> None:
        """Do jobs until only those of this name wait."""
        while other := next((each for each in self.queue.deferred if each[0] != name), None):
            self.queue.deferred.remove(other)
            PAYMENT_JOBS[other[0]](self.database, self.gateway, **other[1], now=now())

    def settle(self, *types: str) -> None:
        """Receive what Stripe tells, and do what follows from it."""
        self.receive(self.deliveries(*types))
        self.work()

    def refund(self, by: Person, order: Order, amounts: dict[int, int] | None = None) -> Refund:
        with self.database.unit_of_work() as session:
            return refund_order(session, by, order.public_id, amounts, now=now())

    def operator(self) -> Person:
        person = self.person("operator")
        with self.database.unit_of_work() as session:
            session.get_one(Person, person.id).is_operator = True
        person.is_operator = True
        return person

    def read(self, viewer: Person, order: Order) -> Order:
        with self.database.reading() as session:
            return order_of(session, viewer, order.public_id)

    def balance(self, code: str, currency: str = "usd") -> int:
        with self.database.reading() as session:
            return balance_of(session, code, currency)

    def told(self, who: Person) -> list[str]:
        """What the mails to somebody are about, in alphabetical order."""
        with self.database.reading() as session:
            return sorted(session.scalars(select(Mail.subject).where(Mail.to == who.email)))

    def books(self, *, but: Iterable[str] = ()) -> dict[tuple[str, str], int]:
        """Every account that is not at zero; checks what must hold whatever happened."""
        with self.database.reading() as session:
            sums = trial_balance(session)
            assert drifted_balances(session) == []
        for currency in {each.currency for each in sums}:
            assert sum(each.minor for each in sums if each.currency == currency) == 0
        return {(each.code, each.currency): each.minor for each in sums if each.minor and each.code not in but}

    def rows(self, statement: str) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(text(statement)).all())

    def agrees_with_stripe(self) -> None:
        """Stripe's balance and ours are the same, movement by movement."""
        theirs = {each.id: each.net_minor for each in self.gateway.movements_since(datetime(2020, 1, 1, tzinfo=UTC))}
        ours = dict(self.rows("select bt_id, amount from ledger_entry where bt_id is not null"))
        assert ours == theirs

    def owed(self, seller: Person) -> Money:
        return Money(-self.balance(f"L:seller:{seller.id}"), "usd")
