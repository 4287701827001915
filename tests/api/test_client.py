"""Where a request comes from, without a server."""

import pytest

from polidat.api.client import subscriber


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", ""),
        ("", ""),
    ],
)
def test_an_address_is_one_subscribers(host, known):
    assert subscriber(host) == known
