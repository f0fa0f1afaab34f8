"""What a browser sends and gets, without one: headers as they are, no redirect followed."""

import http.client
import urllib.parse
from typing import NamedTuple


class WebAnswer(NamedTuple):
    """A status, the headers in small letters, and the page."""

    status: int
    headers: dict[str, str]
    text: str


def ask(url: str, path: str, *, form: dict[str, str] | None = None, method: str = "", **headers: str) -> WebAnswer:
    """Ask once; ``_`` in the name of a header is ``-``."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = None
    if form is not None:
        body = urllib.parse.urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    link = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=20)
    try:
        link.request(method or ("GET" if form is None else "POST"), path, body, sent)
        answer = link.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return WebAnswer(answer.status, found, answer.read().decode())
    finally:
        link.close()
