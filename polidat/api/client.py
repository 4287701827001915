"""Where a request comes from, as far as we can know."""

from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request


def client_of(request: Request) -> str:
    """Return the address a request came from, of IPv6 the network one subscriber has; empty when nobody knows.

    It is the other end of the connection, or what a proxy on this machine says of it: others that may say so are named
    to the server by FORWARDED_ALLOW_IPS (https://www.uvicorn.org/settings/#http), and nobody else is believed.
    """
    return subscriber(request.client.host if request.client is not None else "")


def network_of(request: Request) -> str:
    """Return the network a request came from, an IPv4 /24 or an IPv6 /48: what a provider gives one place or customer.

    From which country that is we do not know: no table of addresses ships with us, and nobody's word is believed.
    """
    client = subscriber(request.client.host if request.client is not None else "")
    if not client:
        return ""
    known = ip_network(client)
    return str(known.supernet(new_prefix=48 if isinstance(known, IPv6Network) else 24))


def subscriber(host: str) -> str:
    """Return an IPv4 address as it is, of an IPv6 address its /64, and nothing for what is no address."""
    try:
        address = ip_address(host.split("%")[0])
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
