"""Whether a day's export is as it was written and signed. Needs the files and a public key: no database, no house."""

import csv
import enum
import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel

from polidat.core import Invalid
from polidat.wiring.anchor_key import is_signed_as_told, signature_problem

_JOURNAL = "journal-"


class Seal(enum.StrEnum):
    """Who signed something that may be signed."""

    SIGNED = "signed"  # a key that is trusted
    OTHER_KEY = "other key"  # a key nobody trusts here
    WRONG = "wrong"  # it was changed since
    NOT_SIGNED = "not signed"  # though a key is trusted
    NO_KEY = "no key"  # not signed, and no key is trusted


@dataclass(frozen=True)
class Checked:
    """One thing that was looked at: whether it is right, and a sentence that says what was seen."""

    holds: bool
    says: str


class _File(BaseModel):
    name: str
    lines: int
    bytes: int
    sha256: str


class _Head(BaseModel):
    seq: int
    hash: str


class _Manifest(BaseModel):
    """What a manifest has to have, of which types, to be looked at any further; it may have more."""

    day: date
    made_at: str
    is_over: bool
    files: list[_File]
    totals: dict[str, dict[Literal["debit", "credit"], Decimal]]
    chain: _Head


def check_export(manifest: Path, *, trusted: Sequence[str], anchors: Path | None = None) -> Sequence[Checked]:
    """Check a day's files against its manifest, its signature against the trusted keys, its head against the anchors.

    Raises Invalid for a file that is no manifest.
    """
    told = read_manifest(manifest)
    found = [_file(manifest.parent, each) for each in told["files"]]
    journal = next((each["name"] for each in told["files"] if str(each["name"]).startswith(_JOURNAL)), None)
    if journal is None:
        found.append(Checked(False, "The manifest names no journal."))
    elif found[[each["name"] for each in told["files"]].index(journal)].holds:
        found.append(_totals(manifest.parent / str(journal), told["totals"]))
    found.append(signed_how(told, trusted))
    if anchors is not None:
        found.append(_anchor(told["chain"], anchors, trusted))
    return found


def read_manifest(path: Path) -> Mapping[str, Any]:
    """Return what a manifest says. Raises Invalid for a file that is none."""
    try:
        told = path.read_text()
        shaped = _Manifest.model_validate_json(told, strict=True)
        if any(Path(each.name).name != each.name or "\0" in each.name for each in shaped.files):
            raise ValueError
    except (OSError, ValueError) as error:
        raise Invalid(f"“{path}” is no manifest of a day: give the manifest-….json of an export.") from error
    return cast("Mapping[str, Any]", json.loads(told))


def seal_of(told: Mapping[str, Any], trusted: Sequence[str]) -> Seal:
    """Return who signed a manifest or an anchor."""
    if "signature" not in told:
        return Seal.NOT_SIGNED if trusted else Seal.NO_KEY
    if not is_signed_as_told(told):
        return Seal.WRONG
    return Seal.SIGNED if told.get("key") in trusted else Seal.OTHER_KEY


def signed_how(told: Mapping[str, Any], trusted: Sequence[str]) -> Checked:
    """Return who signed a manifest or an anchor in words, and whether that is right."""
    seal, key = seal_of(told, trusted), str(told.get("key", ""))
    says = {
        Seal.SIGNED: f"It is signed by {key}, a key that is trusted.",
        Seal.OTHER_KEY: f"It is signed by {key}, a key that is not trusted here.",
        Seal.WRONG: f"Its signature is wrong: it is not as the key {key} signed it.",
        Seal.NOT_SIGNED: "It is not signed, though a key is trusted: anybody may have written it.",
        Seal.NO_KEY: "It is not signed, and no key was given: nothing says who wrote it.",
    }
    return Checked(seal in (Seal.SIGNED, Seal.NO_KEY), says[seal])


def _file(folder: Path, told: Mapping[str, Any]) -> Checked:
    name = str(told["name"])
    try:
        raw = (folder / name).read_bytes()
    except OSError:
        return Checked(False, f"{name} is not there.")
    lines = raw.count(b"\n")
    if hashlib.sha256(raw).hexdigest() != told["sha256"]:
        return Checked(
            False,
            f"{name} was changed: its SHA-256 is another one. It has {lines:,} lines and {len(raw):,} bytes; the "
            f"manifest says {told['lines']:,} and {told['bytes']:,}.",
        )
    if (lines, len(raw)) != (told["lines"], told["bytes"]):
        return Checked(False, f"{name} is as its SHA-256 says, but the manifest gives other numbers of lines or bytes.")
    return Checked(True, f"{name} is as it was written: {lines:,} lines, {len(raw):,} bytes, SHA-256 {told['sha256']}.")


def _totals(journal: Path, told: Mapping[str, Mapping[str, str]]) -> Checked:
    """Add the journal's legs up again, whatever its own last lines say."""
    sums: dict[str, Counter[str]] = {}
    try:
        with journal.open(encoding="utf-8", newline="") as lines:
            for leg in csv.DictReader(each for each in lines if not each.startswith(("#", "total,"))):
                for side in ("debit", "credit"):
                    sums.setdefault(str(leg["currency"]), Counter())[side] += cast("int", Decimal(leg[side] or 0))
        kept = {code: {side: Decimal(each[side]) for side in ("debit", "credit")} for code, each in told.items()}
    except (KeyError, InvalidOperation, TypeError, ValueError, csv.Error):
        return Checked(False, f"{journal.name} cannot be added up: it is no journal.")
    off = sorted(code for code in {*sums, *kept} if dict(sums.get(code, {})) != kept.get(code))
    if off:
        return Checked(False, f"The legs do not add up to the manifest's totals in {_codes(off)}.")
    if uneven := sorted(code for code, each in kept.items() if each["debit"] != each["credit"]):
        return Checked(False, f"Debits and credits differ in {_codes(uneven)}.")
    return Checked(True, f"Its legs add up to the manifest's totals, debits equal credits: {_codes(sorted(kept))}.")


def _anchor(chain: Mapping[str, Any], path: Path, trusted: Sequence[str]) -> Checked:
    try:
        anchors = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        heads = {int(each["seq"]): (str(each["hash"]), str(each["at"])) for each in anchors}
    except OSError:
        return Checked(False, f"There is no anchors' file {path}.")
    except (ValueError, TypeError, KeyError):
        return Checked(False, f"{path} has a line that is no anchor.")
    if problem := signature_problem(anchors, trusted):
        return Checked(False, f"The anchors: {problem}")
    seq = int(chain["seq"])
    if seq in heads:
        same, at = heads[seq][0] == chain["hash"], heads[seq][1]
        return Checked(same, f"The anchor of {at} {'has' if same else 'does not have'} the head of this export.")
    later = min((each for each in heads if each > seq), default=None)
    when = f"the next one, of {heads[later][1]}, is later" if later is not None else "none is as late yet"
    return Checked(True, f"The {len(anchors)} anchors are right; none was kept at transaction {seq:,}: {when}.")


def _codes(codes: Sequence[str]) -> str:
    return ", ".join(each.upper() for each in codes) or "no currency, nothing moved"
