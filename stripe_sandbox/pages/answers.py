"""What visitors enter in the onboarding, checked."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from stripe_sandbox.accounts.external import bank_problem

TEST_CODE: Final = "000-000"
OUTCOMES: Final[Mapping[str, str]] = {
    "approve": "Approve the account",
    "document": "Ask for an identity document",
    "reject": "Reject the account",
}
_PHONE = re.compile(r"\+?[0-9 ()./-]{6,24}")
_AGE_MIN = 13
_TEXT_MAX = 100


class AnswerRefused(Exception):
    """Answers that cannot stand: words for each field by its name."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


def read_answers(step: str, form: Mapping[str, str], *, now: int) -> dict[str, str]:
    """Give the checked answers of a step; raises AnswerRefused naming every field that needs another look."""
    if step == "start":
        return _checked(form, {"email": _email_problem, "phone": _phone_problem})
    if step == "verify":
        digits = form.get("code", "").replace("-", "").replace(" ", "")
        if digits != TEST_CODE.replace("-", ""):
            raise AnswerRefused({"code": f"That code is not right. In the sandbox it is always {TEST_CODE}."})
        return {}
    if step == "person":
        return _person(form, now)
    if step == "terms":
        if form.get("accept") != "yes":
            raise AnswerRefused({"accept": "Accept the terms to go on."})
        return {"accept": "yes"}
    if step == "document":
        if form.get("document") != "test":
            raise AnswerRefused({"document": "Choose the test document."})
        return {"document": "test"}
    outcome = form.get("outcome", "approve")
    if outcome not in OUTCOMES:
        raise AnswerRefused({"outcome": "Choose one of the outcomes."})
    return {"outcome": outcome}


def _checked(form: Mapping[str, str], checks: Mapping[str, object]) -> dict[str, str]:
    problems, answers = dict[str, str](), dict[str, str]()
    for name, check in checks.items():
        value = form.get(name, "")
        answers[name] = value
        if callable(check) and (problem := check(value)):
            problems[name] = str(problem)
    if problems:
        raise AnswerRefused(problems)
    return answers


def _email_problem(value: str) -> str | None:
    head, _, tail = value.partition("@")
    fine = head and "." in tail and " " not in value and "@" not in tail and len(value) <= 320
    return None if fine else "Enter a valid email address."


def _phone_problem(value: str) -> str | None:
    fine = _PHONE.fullmatch(value) and sum(each.isdigit() for each in value) >= 6
    return None if fine else "Enter a valid phone number."


def _text_problem(value: str) -> str | None:
    if not value:
        return "Fill in this field."
    return None if len(value) <= _TEXT_MAX else f"Use at most {_TEXT_MAX} characters."


def _person(form: Mapping[str, str], now: int) -> dict[str, str]:
    texts = ("first_name", "last_name", "address_line1", "address_city", "address_postal_code")
    problems, answers = dict[str, str](), dict[str, str]()
    try:
        answers = _checked(form, dict.fromkeys(texts, _text_problem))
    except AnswerRefused as refused:
        problems = dict(refused.problems)
    answers["address_state"] = form.get("address_state", "")[:_TEXT_MAX]
    answers.update({name: form.get(name, "")[:_TEXT_MAX] for name in ("bank_number", "bank_routing")})
    if answers["bank_number"] and (problem := bank_problem(answers["bank_number"])):
        problems["bank_number"] = problem
    try:
        born = date(*(int(form.get(f"dob_{part}", "")) for part in ("year", "month", "day")))
    except ValueError:
        problems["dob"] = "Enter a valid date of birth."
    else:
        today = datetime.fromtimestamp(now, UTC).date()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        if not _AGE_MIN <= age <= 120:
            problems["dob"] = (
                f"You must be at least {_AGE_MIN} years old." if age < _AGE_MIN else "Enter a valid date of birth."
            )
        answers.update(dob_day=str(born.day), dob_month=str(born.month), dob_year=str(born.year))
    if problems:
        raise AnswerRefused(problems)
    return answers
