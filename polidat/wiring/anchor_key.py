"""The key that signs anchors: Ed25519 (RFC 8032), so that who can write the file cannot write a head into it."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from polidat.core import Invalid


def new_anchor_key() -> tuple[str, str]:
    """Return a fresh private key and its public key, each 32 bytes as base64."""
    made = Ed25519PrivateKey.generate()
    return _text(made.private_bytes_raw()), public_text(made)


def read_anchor_key(said: str) -> Ed25519PrivateKey:
    """Return the key of a setting: 32 bytes as base64, a PEM, or the path of a file with one of these.

    Raises Invalid for anything else, without repeating it.
    """
    text = said.strip()
    if "PRIVATE KEY" not in text and len(text) < 1_000 and Path(text).is_file():
        text = Path(text).read_text().strip()
    try:
        if "PRIVATE KEY" in text:
            key = load_pem_private_key(text.encode(), None)
        else:
            key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (ValueError, TypeError) as error:
        raise Invalid("POLIDAT_ANCHOR_KEY is no Ed25519 key. Make one with: polidat ledger new-key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid("POLIDAT_ANCHOR_KEY is a key of another kind: anchors are signed with Ed25519.")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public key as base64."""
    return _text(key.public_key().public_bytes_raw())


def signed(anchor: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the anchor with the public key and a signature over all of it."""
    told = {**anchor, "key": public_text(key)}
    return {**told, "signature": _text(key.sign(_message(told)))}


def signature_problem(anchors: Sequence[Mapping[str, Any]], trusted: Sequence[str]) -> str:
    """Return what is wrong with the signatures of anchors, oldest first, or nothing.

    Those from before there was a key are unsigned; after the first signed one all are, by a key of `trusted`, and
    with a trusted key the newest one is.
    """
    was_signed = False
    for number, each in enumerate(anchors, start=1):
        if "signature" not in each:
            if was_signed:
                return f"Anchor {number} is not signed, and one before it is."
            continue
        was_signed = True
        if each.get("key") not in trusted:
            return f"Anchor {number} is signed by a key that is not trusted: {each.get('key')}."
        if not is_signed_as_told(each):
            return f"Anchor {number} is not as it was signed."
    if trusted and anchors and not was_signed:
        return "No anchor is signed. If the key is new, keep one now: polidat ledger anchor"
    return ""


def is_signed_as_told(anchor: Mapping[str, Any]) -> bool:
    """Return whether an anchor, or a manifest, is as the key it names signed it."""
    told = {name: value for name, value in anchor.items() if name != "signature"}
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(str(anchor["key"])))
        public.verify(_bytes(str(anchor["signature"])), _message(told))
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def _message(told: Mapping[str, Any]) -> bytes:
    """What is signed: the same text whatever the order of the fields."""
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
