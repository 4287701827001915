"""What operators decide: orders that do not fit, findings of fraud, and what the house takes."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from polidat.api.bodies import Body
from polidat.api.deps import Id, IdempotencyKey, Look, Operator, TheHouse, When, Work
from polidat.api.order_bodies import RefundOut
from polidat.api.paging import ThePage
from polidat.catalog import (
    CommissionKind,
    CommissionRule,
    NewRule,
    RuleScope,
    add_rule,
    commission_rules,
    end_rule,
    terms_of,
)
from polidat.orders import (
    FraudFinding,
    Order,
    decide_finding,
    flagged_orders,
    give_back_unfitting,
    open_findings,
    settle_alert,
)
from polidat.people import do_once

router = APIRouter(prefix="/v1/operator", tags=["fraud and commission"])
_MINOR_MAX = 10**12
Minor = Annotated[int, Field(ge=0, le=_MINOR_MAX)]


class FlaggedOut(BaseModel):
    """An order whose money does not fit, and why."""

    order: str
    state: str
    total_minor: int
    currency: str
    alert: str

    @classmethod
    def of(cls, order: Order) -> "FlaggedOut":
        """Return the order as the API shows it to operators."""
        return cls(
            order=order.public_id,
            state=order.state,
            total_minor=order.total.minor,
            currency=order.currency,
            alert=order.alert,
        )


class FindingOut(BaseModel):
    """What a fraud rule found, with the numbers it saw. `mode` shadow: it was only watched, nothing was stopped."""

    id: int
    rule_code: str
    rule_version: int
    subject: str
    inputs: dict[str, Any]
    action: str
    mode: str
    state: str
    found_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, found: FraudFinding) -> "FindingOut":
        """Return the finding as the API shows it."""
        return cls.model_validate(found, from_attributes=True)


class Decision(Body):
    """Whether it was fraud: what rests ends then, else it comes back."""

    fraud: bool


class NewRuleIn(Body):
    """A commission rule: `target` is a category, or the slug of a store or listing, by `scope`.

    Basis points and a fixed part, at least and at most so much, in minor units of `currency`, which is empty where
    there are no amounts. It holds from `valid_from`, else at once, until it is ended or followed by another.
    """

    kind: CommissionKind
    bps: int
    scope: RuleScope = RuleScope.DEFAULT
    target: str = Field("", max_length=200)
    currency: str = Field("", max_length=3)
    fixed_minor: Minor = 0
    min_minor: Minor = 0
    max_minor: Minor | None = None
    valid_from: When | None = None
    valid_to: When | None = None


class RuleOut(BaseModel):
    """A commission rule as it is or was; `about` and `shown` are for people."""

    id: int
    kind: str
    scope: str
    about: str
    shown: str
    bps: int
    currency: str
    fixed_minor: int
    min_minor: int
    max_minor: int | None
    valid_from: datetime
    valid_to: datetime | None
    version: int

    @classmethod
    def of(cls, rule: CommissionRule) -> "RuleOut":
        """Return the rule as the API shows it."""
        return cls(
            id=rule.id,
            kind=rule.kind,
            scope=rule.scope,
            about=rule.about,
            shown=terms_of(rule).shown(rule.currency or "usd"),
            bps=rule.bps,
            currency=rule.currency,
            fixed_minor=rule.fixed_minor,
            min_minor=rule.min_minor,
            max_minor=rule.max_minor,
            valid_from=rule.valid_from,
            valid_to=rule.valid_to,
            version=rule.version,
        )


@router.get("/alerts")
def list_flagged(session: Look, operator: Operator, page: ThePage) -> list[FlaggedOut]:
    """List the orders whose money does not fit, oldest first."""
    found = page.of(flagged_orders(session, operator), lambda each: each.public_id)
    return [FlaggedOut.of(each) for each in found]


@router.post("/alerts/{order_id}/give-back")
def give_back(order_id: str, house: TheHouse, session: Work, operator: Operator) -> list[RefundOut]:
    """Give back every payment of an order that bought nothing; a second call finds nothing left, which is 409."""
    return [RefundOut.of(each) for each in give_back_unfitting(session, operator, order_id, now=house.now())]


@router.delete("/alerts/{order_id}", status_code=204)
def settle_flagged(order_id: str, session: Work, operator: Operator) -> None:
    """Take an order off this list: somebody has looked."""
    settle_alert(session, operator, order_id)


@router.get("/findings")
def list_findings(session: Look, operator: Operator, page: ThePage) -> list[FindingOut]:
    """List the first 200 of what the fraud rules found and nobody has decided: active rules first, then the oldest."""
    return [FindingOut.of(each) for each in page.of(open_findings(session, operator), lambda each: each.id)]


@router.post("/findings/{finding_id}/decision")
def decide(finding_id: Id, body: Decision, house: TheHouse, session: Work, operator: Operator) -> FindingOut:
    """Release what was found, or confirm it as fraud."""
    return FindingOut.of(decide_finding(session, operator, finding_id, fraud=body.fraud, now=house.now()))


@router.get("/commission-rules")
def list_rules(session: Look, operator: Operator, page: ThePage) -> list[RuleOut]:
    """List every commission rule there is or was, newest first."""
    return [RuleOut.of(each) for each in page.of(commission_rules(session, operator), lambda each: each.id)]


@router.post("/commission-rules", status_code=201)
def create_rule(
    body: NewRuleIn, house: TheHouse, session: Work, operator: Operator, idempotency_key: IdempotencyKey
) -> RuleOut:
    """Set what the house takes from now on, or from some moment. Repeat with the same key to read it again.

    What was sold before keeps the terms it was sold with; an open rule about the same ends when this one begins.
    """
    wanted, now = NewRule(**body.model_dump()), house.now()

    def add() -> str:
        return str(add_rule(session, operator, wanted, now=now).id)

    made = do_once(session, operator, idempotency_key, f"rule {body.model_dump_json()}", add, now=now)
    return next(RuleOut.of(each) for each in commission_rules(session, operator) if str(each.id) == made)


@router.delete("/commission-rules/{rule_id}")
def delete_rule(rule_id: Id, house: TheHouse, session: Work, operator: Operator) -> RuleOut:
    """Let a rule hold no more; a wider one holds instead. Defaults are followed by another, not ended."""
    return RuleOut.of(end_rule(session, operator, rule_id, now=house.now()))
