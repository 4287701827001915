"""The sandbox beside the house gets its secrets where nobody else can read them."""

from contextlib import suppress
from pathlib import Path

from polidat.wiring.house import House


def test_no_secret_stands_on_a_command_line(house: House):
    lines: list[bytes] = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(each.read_bytes())

    assert any(b"stripe_sandbox" in line for line in lines)
    for secret in house.webhook_secrets:
        assert not any(secret.encode() in line for line in lines)
