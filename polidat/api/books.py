"""The books, for operators: trial balance, journal, and what Stripe says beside them."""

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from polidat.api.bodies import Body
from polidat.api.deps import From, Id, Look, Operator, TheHouse, To, Work
from polidat.api.downloads import journal_file
from polidat.api.files import CSV, file_answer, file_of
from polidat.api.paging import ThePage
from polidat.ledger import TrialLine, trial_csv, trial_lines
from polidat.payments import (
    OpenDifference,
    differences_csv,
    open_differences,
    settle_discrepancy,
    take_difference,
)
from polidat.wiring import BooksReport, reconcile_books

router = APIRouter(prefix="/v1/operator", tags=["books"])


class TrialLineOut(BaseModel):
    """So many accounts of one kind and purpose, with their debit and credit balances in minor units."""

    kind: str
    code: str
    currency: str
    accounts: int
    debit_minor: int
    credit_minor: int

    @classmethod
    def of(cls, line: TrialLine) -> "TrialLineOut":
        """Return the line as the API shows it."""
        return cls.model_validate(line, from_attributes=True)


class TrialBalanceOut(BaseModel):
    """The trial balance; `balanced` is whether debits and credits are the same in every currency."""

    balanced: bool
    lines: list[TrialLineOut]


class ReconciledOut(BaseModel):
    """What a comparison of the books with Stripe found. `counts` are movements by category.

    `faults` say why the report itself is wrong; `differences_minor` is what moved at Stripe more than in the books, by
    currency. Sellers who are owed something else than what waits, clearing accounts that are open for a day, payouts,
    transfers and fees that do not fit are counted.
    """

    clean: bool
    first: datetime
    until: datetime
    counts: dict[str, int]
    differences_minor: dict[str, int]
    faults: list[str]
    payouts_wrong: int
    arrivals_wrong: int
    payables_wrong: int
    clearings_open: int
    balances_wrong: int
    why_no_balance: str

    @classmethod
    def of(cls, found: BooksReport) -> "ReconciledOut":
        """Return the report as the API shows it."""
        moved = found.movements
        return cls(
            clean=found.is_clean,
            first=moved.since,
            until=moved.until,
            counts=dict(moved.counts),
            differences_minor={code: moved.difference(code).minor for code in moved.currencies},
            faults=list(moved.faults),
            payouts_wrong=found.payouts.wrong,
            arrivals_wrong=found.seller_side.wrong,
            payables_wrong=sum(not each.agrees for each in found.payables),
            clearings_open=found.open_clearings,
            balances_wrong=sum(not each.agrees for each in found.balances),
            why_no_balance=found.why_no_balance,
        )


class DifferenceOut(BaseModel):
    """Something the books and Stripe do not agree about, in minor units; null is what one side lacks.

    `about` is a movement of Stripe's, an account of the books, a payout or a transfer; `owner` looks after it.
    """

    id: int
    category: str
    about: str
    transaction: int | None
    currency: str
    stripe_minor: int | None
    books_minor: int | None
    moved_at: datetime
    found_at: datetime
    age_days: int
    owner: str

    @classmethod
    def of(cls, found: OpenDifference) -> "DifferenceOut":
        """Return the difference as the API shows it."""
        row = found.row
        return cls(
            id=row.id,
            category=row.category,
            about=row.bt_id or row.about,
            transaction=row.txn_id,
            currency=row.currency,
            stripe_minor=row.theirs_minor,
            books_minor=row.ours_minor,
            moved_at=row.moved_at,
            found_at=row.found_at,
            age_days=found.age_days,
            owner=found.owner,
        )


class Settling(Body):
    """What you found and did, and the account of the books what rests is moved to, if any."""

    note: str = Field(max_length=1_000)
    against: str = Field("", max_length=100)


@router.get("/trial-balance")
def show_trial_balance(session: Look, operator: Operator) -> TrialBalanceOut:
    """Show the trial balance by kind of account."""
    lines = trial_lines(session)
    apart: dict[str, int] = {}
    for each in lines:
        apart[each.currency] = apart.get(each.currency, 0) + each.debit_minor - each.credit_minor
    return TrialBalanceOut(balanced=not any(apart.values()), lines=[TrialLineOut.of(each) for each in lines])


@router.get("/trial-balance/csv", response_class=Response, responses=file_answer(CSV))
def show_trial_balance_csv(session: Look, operator: Operator) -> Response:
    """Get the trial balance as CSV, with the totals of each currency last."""
    return file_of(trial_csv(trial_lines(session)), CSV, "trial-balance.csv")


@router.get("/journal/csv", response_class=Response, responses=file_answer(CSV))
def show_journal_csv(house: TheHouse, operator: Operator, first: From, last: To) -> Response:
    """Get every leg posted in these days, both included, as CSV; the digest of all lines comes last."""
    return journal_file(house, first, last)


@router.post("/reconciliations")
def run_reconciliation(house: TheHouse, operator: Operator, first: From, last: To) -> ReconciledOut:
    """Fetch every movement of these days from Stripe, compare it with the books, and note what does not agree."""
    since = datetime.combine(first, time(), UTC)
    until = datetime.combine(last, time(), UTC) + timedelta(days=1)
    return ReconciledOut.of(reconcile_books(house, since=since, until=until))


@router.get("/differences")
def list_differences(house: TheHouse, session: Look, operator: Operator, page: ThePage) -> list[DifferenceOut]:
    """List what does not agree and is not settled, oldest first."""
    found = open_differences(session, now=house.now())
    return [DifferenceOut.of(each) for each in page.of(found, lambda each: each.row.id)]


@router.get("/differences/csv", response_class=Response, responses=file_answer(CSV))
def show_differences_csv(house: TheHouse, session: Look, operator: Operator) -> Response:
    """Get what does not agree and is not settled as CSV."""
    return file_of(differences_csv(open_differences(session, now=house.now())), CSV, "differences.csv")


@router.post("/differences/{difference_id}/take", status_code=204)
def take(difference_id: Id, session: Work, operator: Operator) -> None:
    """Look after a difference from now on."""
    take_difference(session, difference_id, by=operator.id)


@router.post("/differences/{difference_id}/settle", status_code=204)
def settle(difference_id: Id, body: Settling, house: TheHouse, session: Work, operator: Operator) -> None:
    """Settle a difference with the reason, and repair the books by a posting of its own where there is one to make."""
    settle_discrepancy(session, difference_id, note=body.note, by=operator.id, now=house.now(), against=body.against)
