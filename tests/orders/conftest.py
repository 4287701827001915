"""Orders are tested in the same world as payments."""

from tests.payments.conftest import ear, listener, sandbox, served, world

__all__ = ["ear", "listener", "sandbox", "served", "world"]
