"""A day of the books as files somebody else can add up and check, and the comparison with Stripe as a command."""

import csv
import hashlib
import io
import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import typer
from pydantic import SecretStr
from sqlalchemy import insert, text
from typer.testing import CliRunner

from polidat.cli.books import add_books
from polidat.core import Invalid, Money, decimal_text
from polidat.ledger import Leg, post
from polidat.payments import movements_csv, open_differences, reconcile, settle_discrepancy
from polidat.payments.mirrored import BalanceTransaction
from polidat.people import register
from polidat.wiring import (
    anchors_file,
    check_export,
    check_kept_export,
    export_day,
    export_file,
    export_lately,
    keep_anchor,
    kept_exports,
    new_anchor_key,
)
from polidat.wiring.anchor_key import signature_problem
from tests.conftest import NOON as USUAL_NOON

NOON = USUAL_NOON - timedelta(days=100)  # what other tests of the shared house post is of other days
DAY = NOON.date()
WINDOW = {"since": NOON - timedelta(hours=12), "until": NOON + timedelta(hours=12)}
LATER = NOON + timedelta(days=2)


def theirs(session, bt_id, net, *, fee=0, currency="usd"):
    row = {"id": bt_id, "kind": "charge", "category": "charge", "source": f"ch_{bt_id}", "currency": currency}
    amounts = {"amount_minor": net + fee, "fee_minor": fee, "net_minor": net}
    session.execute(
        insert(BalanceTransaction).values(
            **row, **amounts, created_at=NOON, available_at=NOON, status="available"
        )
    )  # fmt: skip


def ours(session, bt_id, net, fee):
    legs = [Leg("A:stripe", net, "usd", bt_id), Leg("X:stripe_fee", fee, "usd"), Leg("C:order:o", -net - fee, "usd")]
    return post(session, f"key:{bt_id}", "charge", legs, occurred_at=NOON)


def read(told: str) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
    """The lines of a file, and its totals by currency."""
    *lines, last = told.splitlines(keepends=True)
    assert last == f"# sha256 of the lines above: {hashlib.sha256(''.join(lines).encode()).hexdigest()}\n"
    rows = list(csv.DictReader(io.StringIO("".join(lines))))
    totals = {each["currency"]: each for each in rows if each["movement"] == "total"}
    return [each for each in rows if each["movement"] != "total"], totals


def movements(session) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
    return read("".join(movements_csv(session, **WINDOW, now=LATER)))


def test_each_movement_stands_beside_the_legs_that_mirror_it(session):
    theirs(session, "bt_1", 9_680, fee=320)
    txn = ours(session, "bt_1", 9_680, 320)
    theirs(session, "bt_2", 500)
    ours(session, "bt_3", 700, 10)

    rows, totals = movements(session)

    shown = [(each["movement"], each["net"], each["says"], each["account"], each["debit"]) for each in rows]
    assert shown == [
        ("bt_1", "96.80", "matched", "A:stripe", "96.80"),
        ("bt_1", "", "matched", "X:stripe_fee", "3.20"),
        ("bt_2", "5.00", "missing_here", "", ""),
        ("bt_3", "", "missing_there", "A:stripe", "7.00"),
        ("bt_3", "", "missing_there", "X:stripe_fee", "0.10"),
    ]
    assert (rows[0]["transaction"], rows[0]["amount"], rows[0]["fee"]) == (str(txn), "100.00", "3.20")
    usd = totals["usd"]
    assert (usd["amount"], usd["fee"], usd["net"], usd["debit"]) == ("105.00", "3.20", "101.80", "107.10")
    assert sum(Decimal(each["net"] or 0) for each in rows) == Decimal(usd["net"])


def test_what_repaired_a_posting_stands_with_it(session):
    theirs(session, "bt_1", 300, fee=20)
    ours(session, "bt_1", 310, 20)
    reconcile(session, **WINDOW, now=LATER)
    operator = register(session, "operator@example.org", now=NOON)
    for each in open_differences(session, now=LATER):
        settle_discrepancy(session, each.row.id, note="A typo.", by=operator.id, now=LATER)

    rows, _ = movements(session)

    assert [(each["says"], each["kind"], each["debit"], each["credit"]) for each in rows] == [
        ("matched", "charge", "3.10", ""), ("matched", "charge", "0.20", ""), ("matched", "repair", "", "0.10"),
    ]  # fmt: skip


def test_a_day_without_movements_has_a_head_and_a_digest(session):
    assert movements(session) == ([], {})


@pytest.fixture(scope="module")
def kept(house):
    """The books of the shared house, with a day of their own."""
    with house.unit_of_work() as session:
        ours(session, "bt_export", 1_000, 30)
    return house


def command(house, *words: str):
    app = typer.Typer()
    add_books(app, lambda: nullcontext(house))
    return CliRunner().invoke(app, ["ledger", *words])


def test_a_day_is_written_with_a_manifest_that_names_what_is_in_it(kept, tmp_path):
    private, public = new_anchor_key()
    signing = kept.settings.model_copy(update={"anchor_key": SecretStr(private)})

    made = export_day(replace(kept, settings=signing), DAY, tmp_path / "books")

    told = json.loads(made.read_text())
    assert made.name == f"manifest-{DAY}.json"
    assert signature_problem([told], [public]) == ""
    assert told["totals"]["usd"]["debit"] == told["totals"]["usd"]["credit"]
    assert [each["name"] for each in told["files"]] == [f"journal-{DAY}.csv", f"movements-{DAY}.csv"]
    for each in told["files"]:
        raw = (made.parent / each["name"]).read_bytes()
        assert (each["sha256"], each["bytes"], each["lines"]) == (
            hashlib.sha256(raw).hexdigest(), len(raw), raw.count(b"\n"),
        )  # fmt: skip
    with kept.reading() as session:
        sealed = session.execute(text("select count(*) from ledger_seal")).scalar_one()
    assert told["chain"]["seq"] == sealed > 0


def test_days_are_exported_by_a_command_one_manifest_each(kept, tmp_path):
    done = command(kept, "export", "--from", str(DAY), "--to", str(DAY + timedelta(days=1)), "--into", str(tmp_path))

    assert (done.exit_code, len(done.stdout.split())) == (0, 2)
    assert len(list(tmp_path.iterdir())) == 6


@pytest.mark.parametrize(("first", "last"), [("yesterday", "2026-01-01"), ("2026-01-02", "2026-01-01"),
                                             ("2020-01-01", "2026-01-01"), ("9999-12-31", "9999-12-31")])  # fmt: skip
def test_days_that_mean_nothing_are_refused(kept, first, last):
    done = command(kept, "reconcile", "--from", first, "--to", last)
    assert isinstance(done.exception, Invalid)


def test_the_command_ends_with_1_while_something_differs_and_with_0_when_nothing_does(kept):
    days = ("--from", str(DAY), "--to", str(DAY))
    wrong = command(kept, "reconcile", *days, "--json")
    told = json.loads(wrong.stdout)
    assert (wrong.exit_code, told["is_clean"], told["counts"]["missing_there"]) == (1, False, 1)
    (found,) = [each for each in told["open"] if each["movement"] == "bt_export"]
    assert (found["category"], found["in_the_books_minor"], told["difference_minor"]["usd"]) == (
        "missing_there", 1_000, -1_000,
    )  # fmt: skip
    in_words = command(kept, "reconcile", *days)
    assert in_words.exit_code == 1
    assert "missing there · bt_export · Stripe nothing, books 10.00 USD" in in_words.stdout

    with kept.unit_of_work() as session:
        operator = register(session, "export-operator@example.org", now=NOON)
        for each in open_differences(session, now=kept.now()):
            settle_discrepancy(session, each.row.id, note="Only a test.", by=operator.id, now=kept.now(),
                               against="" if each.row.bt_id else "C:suspense")  # fmt: skip
    quiet = command(kept, "reconcile", "--from", "2020-01-01", "--to", "2020-01-02", "--json")
    assert (quiet.exit_code, json.loads(quiet.stdout)["counts"]) == (0, {})


@pytest.mark.parametrize(("minor", "code", "says"), [(5, "usd", "0.05"), (-1_230, "kwd", "-1.230"), (7, "jpy", "7")])
def test_amounts_in_files_have_the_decimals_of_their_currency(minor, code, says):
    assert decimal_text(minor, code) == says
    assert Money(minor, code).minor == int(Decimal(says).scaleb({"usd": 2, "kwd": 3, "jpy": 0}[code]))
    assert decimal_text(None, code) == ""


KEY, PUBLIC = new_anchor_key()
OTHER = new_anchor_key()[1]


@pytest.fixture(scope="module")
def signing(kept, tmp_path_factory):
    """The same house with a key and a home of its own for files, and an anchor."""
    settings = kept.settings.model_copy(
        update={"anchor_key": SecretStr(KEY), "home": tmp_path_factory.mktemp("signing")}
    )
    house = replace(kept, settings=settings)
    keep_anchor(house)
    return house


@pytest.fixture
def made(signing, tmp_path):
    return export_day(signing, DAY, tmp_path)


def rewritten(path, **changed):
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


def wrong(signing, made, trusted=(PUBLIC,)):
    return [each.says for each in check_export(made, trusted=trusted, anchors=anchors_file(signing)) if not each.holds]


def test_an_export_as_it_was_written_is_right_in_every_point(signing, made):
    found = check_export(made, trusted=[PUBLIC], anchors=anchors_file(signing))

    assert [each.holds for each in found] == [True] * 5
    assert "debits equal credits: USD" in found[2].says
    assert found[3].says == f"It is signed by {PUBLIC}, a key that is trusted."
    assert "has the head of this export" in found[4].says


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda made: (made.parent / f"movements-{DAY}.csv").unlink(), "is not there"),
        (lambda made: (made.parent / f"journal-{DAY}.csv").write_text("x"), "was changed"),
        (lambda made: rewritten(made, is_over=True, made_at="later"), "signature is wrong"),
        (lambda made: rewritten(made, totals={"usd": {"debit": "1.00", "credit": "1.00"}}), "do not add up"),
        (lambda made: rewritten(made, chain={"seq": json.loads(made.read_text())["chain"]["seq"], "hash": "0" * 64}),
         "does not have the head"),
    ],
)  # fmt: skip
def test_what_was_changed_afterwards_is_named(signing, made, spoil, says):
    spoil(made)

    assert any(says in each for each in wrong(signing, made))


def test_who_signed_it_is_asked_of_the_keys_that_are_trusted(signing, kept, made, tmp_path):
    assert "is not trusted" in wrong(signing, made, [OTHER])[0]
    bare = export_day(kept, DAY, tmp_path / "bare")
    assert wrong(signing, bare) == ["It is not signed, though a key is trusted: anybody may have written it."]
    assert [each.holds for each in check_export(bare, trusted=[])] == [True] * 4
    rewritten(bare, signature="of nobody")
    assert next(each.says for each in check_export(bare, trusted=[]) if not each.holds).startswith("Its signature is")
    (tmp_path / "no.json").write_text("[]")
    with pytest.raises(Invalid, match="is no manifest"):
        check_export(tmp_path / "no.json", trusted=[])


@pytest.mark.parametrize(
    "changed",
    [
        {"totals": []}, {"totals": {"usd": {}, "eur": {"debit": None}}}, {"chain": {"seq": "x", "hash": ""}},
        {"chain": {}},
        {"files": [{"name": f"journal-{DAY}.csv"}]}, {"day": "../../x"}, {"is_over": "no"},
        {"files": [{"name": "\0", "lines": 1, "bytes": 1, "sha256": ""}]},
        {"files": [{"name": f"journal-{DAY}.csv", "lines": "1", "bytes": 1, "sha256": ""}]},
    ],
)  # fmt: skip
def test_what_has_another_shape_is_no_manifest(made, changed):
    rewritten(made, **changed)
    with pytest.raises(Invalid, match="is no manifest"):
        check_export(made, trusted=[])


def test_the_command_says_what_is_right_or_wrong_and_ends_with_1(made):
    fine = command(None, "verify-export", str(made), "--public-key", PUBLIC)
    assert (fine.exit_code, [each[:4] for each in fine.stdout.splitlines()]) == (0, ["ok  "] * 4), fine.output
    (made.parent / f"journal-{DAY}.csv").write_text("x")

    changed = command(None, "verify-export", str(made), "--public-key", PUBLIC)

    assert changed.exit_code == 1
    assert f"BAD  journal-{DAY}.csv was changed" in changed.stdout


def test_each_night_keeps_the_days_that_are_over_and_writes_none_twice(signing):
    first, again = export_lately(signing), export_lately(signing)

    assert (len(first), again) == (14, [])
    kept_days = kept_exports(signing)
    assert [each.day for each in kept_days] == sorted(first, reverse=True)
    assert all(each.seal == "signed" and each.told["is_over"] for each in kept_days)

    torn = export_file(signing, first[-1], "manifest")
    torn.write_text(torn.read_text()[:100])
    assert export_lately(signing) == [first[-1]]
    assert check_kept_export(signing, first[-1])[-2].says.startswith("It is signed by")
