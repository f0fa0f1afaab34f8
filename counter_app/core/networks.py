"""What is counted as one address."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """Return what is counted as one address: of IPv6 the network of 64 bits, which one household has whole."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64)
    return str(found)
