"""Where a request comes from, as far as the configured proxies let us believe it."""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

PREFIX = 64  # what one household or office gets of IPv6; addresses within it are free to change


def address() -> str:
    """The caller's address."""
    return request.remote_addr or "?"


def network() -> str:
    """What counts as the same place: an IPv4 address, or an IPv6 network."""
    try:
        found = ip_address(address().partition("%")[0])
    except ValueError:
        return "?"
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, PREFIX), strict=False))


def origin() -> dict[str, str]:
    """What a session and the trail keep of it."""
    return {"direccion": address(), "agente": request.user_agent.string[:200]}
