"""Where a request comes from, without a server."""

import pytest
from starlette.requests import Request

from polidat.api.client import network_of, subscriber


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


@pytest.mark.parametrize(
    ("host", "network"),
    [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48"), ("testclient", ""), (None, "")],
)
def test_a_network_is_what_one_place_is_given_and_headers_are_not_believed(host, network):
    said = [(b"x-forwarded-for", b"198.51.100.1"), (b"cf-ipcountry", b"AT")]
    request = Request({"type": "http", "client": (host, 1) if host else None, "headers": said})
    assert network_of(request) == network
