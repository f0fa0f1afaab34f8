"""What papers print of the web pages: the address for people who type, and the one in the QR of slips."""

import re

# Capitals and few signs only, so that the QR stays small (`counter_app.services.units` checks the same of typed ones).
_LINK = re.compile(r"HTTPS?://[0-9A-Z\-./:]{1,60}/S/")


def look_up_address(web_url: str) -> str:
    """Return what stands on paper: the address as people type it; "" without pages."""
    return web_url.rstrip("/")


def slip_link(web_url: str) -> str:
    """Return what the QR of a slip begins with; "" where the address has letters that a QR in capitals cannot say.

    Host names do not tell capitals from small letters; the path is ours.
    """
    link = f"{web_url.rstrip('/').upper()}/S/"
    return link if web_url and _LINK.fullmatch(link) else ""
