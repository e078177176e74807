"""What an IP address leads to, whatever it is written as. One home for all who refuse addresses.

An IPv6 address may only be a wrapping: a translator or tunnel takes the IPv4 address out of it and goes there. So
`64:ff9b::a9fe:a9fe` is the metadata service of most clouds, and refused like 169.254.169.254.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: Services of clouds that hand out credentials, or rule the machine, to whoever asks, outside of the link-local ranges:
#: Amazon and Google by IPv6, Alibaba, Azure's wire server, Oracle.
_METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    )
)
_THIS_NETWORK: Final = ipaddress.ip_network("0.0.0.0/8")
#: Translators (RFC 6052, RFC 2765), whose last 32 bits are where they lead; and what is old for the same (RFC 4291).
_LAST_BITS: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "::/96")))
#: Translators of one's own network (RFC 8215), which may cut the address in any of the ways of RFC 6052.
_LOCAL_NAT64: Final = ipaddress.ip_network("64:ff9b:1::/48")
_TEREDO: Final = ipaddress.ip_network("2001::/32")
_SITE_LOCAL: Final = ipaddress.ip_network("fec0::/10")
#: Of an interface identifier that holds an IPv4 address (ISATAP, RFC 5214), but for the bit that says "unique".
_ISATAP: Final = 0x00005EFE


def read(text: str) -> Address | None:
    """Without the zone of a link-local address; None: it is a name."""
    try:
        return ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def leads_to(ip: Address) -> tuple[Address, ...]:
    """Itself, or where it leads when it only wraps another; both when it may be either."""
    if isinstance(ip, ipaddress.IPv4Address) or ip in (ipaddress.IPv6Address("::"), ipaddress.IPv6Address("::1")):
        return (ip,)
    if any(ip in network for network in _LAST_BITS):
        return (_v4(int(ip)),)
    if ip.sixtofour is not None:
        return (ip.sixtofour,)
    return (ip, *_inside(ip))


def _inside(ip: ipaddress.IPv6Address) -> Iterator[Address]:
    bits = int(ip)
    if ip in _LOCAL_NAT64:
        yield _v4(bits)
        # prefixes of 48, 56 and 64 bits: the address goes around bits 64 to 71, which are zero
        without = (bits >> 64 << 56) | (bits & ((1 << 56) - 1))
        cut = (_v4(without >> (120 - prefix - 32)) for prefix in (48, 56, 64))
        yield from (one for one in cut if one not in _THIS_NETWORK)  # cut elsewhere than it was joined
    if ip in _TEREDO:
        yield _v4(bits >> 64)
        yield _v4(~bits)
    if bits >> 32 & 0xFDFFFFFF == _ISATAP:
        yield _v4(bits)


def _v4(bits: int) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(bits & 0xFFFFFFFF)


def is_blocked(text: str) -> bool:
    """Link-local, multicast and metadata addresses: nothing of ours lives there. Private ones are fine: clouds on
    premises do. False for a name."""
    ip = read(text)
    return ip is not None and any(map(_is_blocked, leads_to(ip)))


def _is_blocked(ip: Address) -> bool:
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA or ip in _THIS_NETWORK


def is_public(ip: Address) -> bool:
    """Whether anybody may reach it. `ip` is one of `leads_to`; what only the own network translates is not."""
    return ip.is_global and not ip.is_multicast and ip not in _SITE_LOCAL and ip not in _LOCAL_NAT64
