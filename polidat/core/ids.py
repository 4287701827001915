"""Ids people and other systems see, and digests of secrets."""

import hashlib
import re
import secrets
import unicodedata

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_public_id(prefix: str) -> str:
    """Return an unguessable id such as `ord_7f3k...`: the prefix and 20 characters (100 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def secret_digest(secret: str) -> str:
    """Return the SHA-256 of a high-entropy secret in hex: what we store instead of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def slug_of(title: str, *, limit: int = 60) -> str:
    """Return `title` as lower-case ASCII words joined by hyphens; "untitled" when nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].strip("-") or "untitled"
