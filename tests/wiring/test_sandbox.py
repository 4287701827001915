"""The sandbox beside the house gets its secrets where nobody else can read them."""

import subprocess

from polidat.wiring.house import House


def test_no_secret_stands_on_a_command_line(house: House):
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

    assert "stripe_sandbox" in lines
    for secret in house.webhook_secrets:
        assert secret not in lines
