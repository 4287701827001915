"""Orders and their postings on chosen days, as the rooms below write them; every amount by hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from polidat.catalog import Listing, draft_listing, open_store
from polidat.ledger import Leg, Refs, post
from polidat.orders import Order, OrderLine, OrderState, RefundLine
from polidat.payments import Charge, Refund
from polidat.people import Person, make_operator, register
from tests.conftest import NOON

MONEY_KINDS = ("sale", "subscription", "usage")


@dataclass
class Books:
    """A marketplace in one rolled-back transaction."""

    session: Session

    def person(self, name: str) -> Person:
        return register(self.session, f"{name}@example.org", now=NOON, name=name.title())

    def operator(self) -> Person:
        return make_operator(self.session, self.person("operator"))

    def listing(self, seller: Person, title: str, category: str = "polls") -> Listing:
        store = open_store(self.session, seller, f"Store of {title}", now=NOON)
        listing = draft_listing(self.session, seller, store, title, now=NOON)
        listing.category = category
        self.session.flush()
        return listing

    def sale(
        self, ref: str, buyer: Person, at: datetime, *lines: tuple[Listing, int, int, int], card_fee: int = 0,
        currency: str = "usd",
    ) -> Order:  # fmt: skip
        """Lines are listing, price, commission and what the seller bears of the card fee."""
        order = Order(
            public_id=ref, buyer_id=buyer.id, key=ref, currency=currency, state=OrderState.FULFILLED, placed_at=at,
            payable_until=at, paid_at=at, paid_charge=f"ch_{ref}", alert="", problem="",
            lines=[self._line(number, currency, *each) for number, each in enumerate(lines, start=1)],
        )  # fmt: skip
        whole = sum(price for _, price, _, _ in lines)
        self.session.add(order)
        self.session.add(
            Charge(
                id=f"ch_{ref}", intent_id=f"pi_{ref}", subject=ref, amount_minor=whole, currency=currency, fee_minor=0,
                state="settled", settled_minor=whole, settled_currency=currency, charged_at=at,
            )
        )  # fmt: skip
        self.session.flush()
        if not whole:
            return order
        money = [Leg("A:stripe", whole - card_fee, currency, f"txn_{ref}"), Leg(f"C:order:{ref}", -whole, currency)]
        self.post(f"bt:txn_{ref}", "charge", at, ref, *money, Leg("X:stripe_fee", card_fee, currency))
        for line in order.lines:
            legs = (
                Leg(f"C:order:{ref}", line.price_minor, currency),
                Leg(f"L:seller:{line.seller_id}", -line.seller_minor, currency),
                Leg("R:commission", -line.commission_minor, currency),
                Leg("X:stripe_fee", -line.passed_fee_minor, currency),
            )
            self.post(f"alloc:{ref}:{line.number}", "sale", at, ref, *legs)
        return order

    def _line(self, number: int, currency: str, listing: Listing, price: int, commission: int, passed: int):
        return OrderLine(
            number=number, listing_id=listing.id, dataset_id=listing.dataset_id, seller_id=listing.store.owner_id,
            title=listing.title, price_minor=price, currency=currency, commission_bps=0, commission_minor=commission,
            settled_minor=price, seller_minor=price - commission - passed, passed_fee_minor=passed,
        )  # fmt: skip

    def send(self, ref: str, seller: Person, at: datetime, minor: int, kind: str = "transfer", holder: str = "L:seller",
             currency: str = "usd", source: str | None = None):  # fmt: skip
        """Money to the seller's account; less than nothing comes back from it."""
        key = f"bt:{kind}_{ref}_{seller.id}_{minor}_{at:%d%H%M}"
        legs = (Leg(f"{holder}:{seller.id}", minor, currency), Leg("A:stripe", -minor, currency, key))
        self.post(key, kind, at, ref, *legs, source=source)

    def refund(self, ref: str, order: Order, at: datetime, parts: dict[int, int], *legs: tuple[str, int]) -> None:
        """`parts` are minor units by line; `legs` what is shared of them, debits."""
        whole, currency = sum(parts.values()), order.currency
        self.session.add(
            Refund(
                public_id=ref, charge_id=order.paid_charge, subject=order.public_id, amount_minor=whole,
                currency=currency, requested_at=at,
            )
        )  # fmt: skip
        self.session.flush()
        self.session.add_all(
            RefundLine(refund_ref=ref, number=number, order_id=order.id, amount_minor=minor)
            for number, minor in parts.items()
        )
        self.session.flush()
        clearing = f"C:refund:{order.public_id}"
        money = (Leg(clearing, whole, currency), Leg("A:stripe", -whole, currency, f"txn_{ref}"))
        self.post(f"bt:txn_{ref}", "refund", at, order.public_id, *money)
        shared = [Leg(code, minor, currency) for code, minor in legs]
        self.post(f"refund:{ref}", "refund_share", at, order.public_id, *shared, Leg(clearing, -whole, currency))

    def lose(self, dispute: str, order: Order, at: datetime, *legs: tuple[str, int], fee: int = 1_500) -> None:
        whole, currency, clearing = sum(minor for _, minor in legs), order.currency, f"C:dispute:{dispute}"
        taken = (Leg("X:dispute_fee", fee, currency), Leg("A:stripe", -whole - fee, currency, f"txn_{dispute}"))
        self.post(f"bt:txn_{dispute}", "dispute", at, order.public_id, *taken, Leg(clearing, whole, currency))
        shared = [Leg(code, minor, currency) for code, minor in legs]
        key = f"dispute_lost:{dispute}"
        self.post(key, "dispute_lost", at, order.public_id, *shared, Leg(clearing, -whole, currency))

    def use(self, wallet_id: int, buyer: Person, seller: Person, at: datetime, whole: int, theirs: int) -> None:
        """What a wallet has paid a seller in all is `whole`; this posting is all of it."""
        legs = (
            Leg(f"L:buyer_credit:{buyer.id}", whole, "usd"),
            Leg(f"L:seller:{seller.id}", -theirs, "usd"),
            Leg("R:usage_share", theirs - whole, "usd"),
        )
        key = f"usage:{wallet_id}:{seller.id}:1500:{whole}"
        self.post(key, "usage", at, None, *legs, meta={"wallet": str(wallet_id)})

    def wallet(self, buyer: Person, at: datetime, minor: int) -> int:
        legs = (Leg("A:stripe", minor, "usd", f"txn_w{buyer.id}"), Leg(f"L:buyer_credit:{buyer.id}", -minor, "usd"))
        self.post(f"bt:w{buyer.id}", "charge", at, f"top_{buyer.id}", *legs)
        made = self.session.execute(
            text(
                "INSERT INTO wallet (person_id, currency, state, balance_micros, held_micros, spent_micros, "
                "notice_minor, is_noticed, moved_at) VALUES (:p, 'usd', 'active', 0, 0, 0, 0, false, :at) RETURNING id"
            ),
            {"p": buyer.id, "at": at},
        )
        return made.scalar_one()

    def post(
        self, key: str, kind: str, at: datetime, ref: str | None, *legs: Leg, meta: dict[str, str] | None = None,
        source: str | None = None,
    ) -> None:  # fmt: skip
        refs = Refs(order_ref=ref, stripe_object=source, meta=meta or {})
        post(self.session, key, kind, [leg for leg in legs if leg.minor], occurred_at=at, refs=refs)

    def entries(self, since: datetime, until: datetime, currency: str = "usd") -> list[tuple[str, str, int]]:
        """Every leg of the window as kind, account and amount: what an independent sum is made of."""
        rows = self.session.execute(
            text(
                "SELECT t.kind, a.code, e.amount FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id "
                "JOIN ledger_account a ON a.id = e.account_id "
                "WHERE t.occurred_at >= :since AND t.occurred_at < :until AND e.currency = :currency"
            ),
            {"since": since, "until": until, "currency": currency},
        )
        return [(row.kind, row.code, row.amount) for row in rows]


def check_against_entries(total, entries: list[tuple[str, str, int]]) -> None:
    """The report's totals, added up once more from single entries, without the report's SQL."""

    def of(*codes: str, kinds: tuple[str, ...] = ()) -> int:
        return -sum(minor for kind, code, minor in entries if code.startswith(codes) and (not kinds or kind in kinds))

    sellers = ("L:seller:", "L:seller_hold:", "A:seller_recv:")
    shared = (*sellers, "R:commission", "R:usage_share", "X:stripe_fee", "X:fx_loss")
    back = ("refund_share", "dispute_lost")
    assert total.gross_minor == of(*shared, kinds=MONEY_KINDS)
    assert total.refunds_minor == -of(*shared, kinds=("refund_share",))
    assert total.disputes_minor == -of(*shared, kinds=("dispute_lost",))
    assert total.commission_minor == of("R:commission", "R:usage_share")
    assert total.sellers_minor == of(*sellers, kinds=(*MONEY_KINDS, *back))
    assert total.passed_minor == of("X:stripe_fee", kinds=(*MONEY_KINDS, *back))
    assert total.card_fees_minor == -of("X:stripe_fee")
    assert total.dispute_fees_minor == -of("X:dispute_fee")
    assert total.earned_minor == of("R:", "X:")
    moved = ("transfer", "application_fee", "reversal", "application_fee_refund")
    assert total.sent_minor == -of(*sellers, kinds=moved)
