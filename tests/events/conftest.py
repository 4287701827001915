"""What leaves a trace is tested in the world of payments."""

from tests.payments.conftest import ear, listener, sandbox, served, world

__all__ = ["ear", "listener", "sandbox", "served", "world"]
