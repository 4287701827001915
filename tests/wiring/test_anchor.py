"""Anchors are signed when there is a key, and what was not signed by it is found."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from polidat.cli.up import check_house
from polidat.core import Invalid
from polidat.wiring import (
    House,
    anchor_public_key,
    anchors_file,
    check_anchors,
    check_audit,
    check_books,
    keep_anchor,
    new_anchor_key,
)
from polidat.wiring.anchor_key import read_anchor_key

PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def having(house: House, home, key: str = "", earlier: str = "") -> House:
    secret = SecretStr(key) if key else None
    told = {"home": home, "anchor_key": secret, "anchor_public_keys": earlier}
    return replace(house, settings=house.settings.model_copy(update=told))


def problems(house: House) -> set[str]:
    return {check_books(house).problem, check_audit(house).problem, check_anchors(house)[2]}


def rewritten(house: House, *, line: int, **changes: object) -> None:
    kept = [json.loads(each) for each in anchors_file(house).read_text().splitlines()]
    for name, value in changes.items():
        kept[line].pop(name) if value is None else kept[line].update({name: value})
    anchors_file(house).write_text("".join(json.dumps(each) + "\n" for each in kept))


def test_an_anchor_is_signed_and_what_is_changed_in_it_is_found(house, tmp_path):
    private, public = new_anchor_key()
    here = having(house, tmp_path, private)
    keep_anchor(here)
    keep_anchor(here)
    assert (problems(here), check_anchors(here)[:2], anchor_public_key(here)) == ({""}, (2, 2), public)
    assert check_house(here)["anchors"] == (True, f"2 kept, 2 signed; signs as {public}")

    rewritten(here, line=0, at="2020-01-01T00:00:00+00:00")
    assert problems(here) == {"Anchor 1 is not as it was signed."}
    assert check_house(here)["anchors"] == (False, "Anchor 1 is not as it was signed.")


def test_an_anchor_without_a_signature_stands_only_before_the_first_signed_one(house, tmp_path):
    private, _ = new_anchor_key()
    keep_anchor(having(house, tmp_path))
    here = having(house, tmp_path, private)
    assert problems(here) == {"No anchor is signed. If the key is new, keep one now: polidat ledger anchor"}
    keep_anchor(here)
    assert problems(here) == {""}
    keep_anchor(here)
    rewritten(here, line=2, signature=None)
    assert problems(here) == {"Anchor 3 is not signed, and one before it is."}


def test_only_keys_that_are_trusted_sign(house, tmp_path):
    (forger, _), (own, public) = new_anchor_key(), new_anchor_key()
    keep_anchor(having(house, tmp_path, forger))
    assert next(iter(problems(having(house, tmp_path, own)))).startswith("Anchor 1 is signed by a key that is not")

    anchors_file(having(house, tmp_path)).unlink()
    keep_anchor(having(house, tmp_path, own))
    newer = having(house, tmp_path, new_anchor_key()[0], earlier=f"{public}, ")
    keep_anchor(newer)
    assert problems(newer) == {""}
    elsewhere = having(house, tmp_path)  # another machine, which has only the public key
    assert check_anchors(elsewhere)[2].startswith("Anchor 1 is signed by a key that is not trusted")
    assert check_anchors(elsewhere, public_key=public)[2].startswith("Anchor 2 is signed by a key")


def test_a_line_that_is_no_anchor_is_told(house, tmp_path):
    here = having(house, tmp_path)
    anchors_file(here).write_text("{}\nnot json\n")
    assert problems(here) == {"The anchors' file has a line that is no anchor."}


def test_a_key_is_read_as_a_value_as_a_pem_and_from_a_file(tmp_path):
    private, _ = new_anchor_key()
    key = read_anchor_key(private)
    pem = key.private_bytes(*PEM).decode()
    (tmp_path / "anchor.pem").write_text(pem)
    for said in (f" {private}\n", pem, str(tmp_path / "anchor.pem")):
        assert read_anchor_key(said).private_bytes_raw() == key.private_bytes_raw()


def test_what_is_no_key_is_refused_without_being_repeated(house, tmp_path):
    other = generate_private_key(SECP256R1()).private_bytes(*PEM).decode()
    for said in ("c2VjcmV0", "hunter2!", "-----BEGIN PRIVATE KEY-----\nx\n", other):
        with pytest.raises(Invalid) as refused:
            read_anchor_key(said)
        assert said not in str(refused.value)
    assert "Ed25519" in check_house(having(house, tmp_path, "c2VjcmV0"))["anchors"][1]
