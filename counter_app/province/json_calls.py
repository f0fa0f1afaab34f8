"""Calling another system: one JSON object up, one down, over HTTPS, however it behaves.

An answer is bounded in bytes and in time as a whole; whatever is no JSON object comes as an empty one.
"""

import http.client
import json
import logging
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from counter_app.core.errors import EnvironmentFailure, UserError

_log = logging.getLogger(__name__)
_MOST_ANSWER_BYTES = 1024 * 1024
_CHUNK_BYTES = 65_536
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def post_json(
    url: str,
    body: Mapping[str, Any],
    *,
    headers: Mapping[str, str],
    authority: str,
    answer_s: float,
    area: str,
    most_bytes: int = _MOST_ANSWER_BYTES,
) -> tuple[int, dict[str, Any]]:
    """Return the status and the object that was answered. `authority` is the PEM of the other end's own authority.

    Raises:
        EnvironmentFailure: ``<area>.unreachable``: nobody answered; whether the call counted is not known.
    """
    parts = split_url(url, area=area)
    connection = _connect(parts, authority, answer_s)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        data = json.dumps(body, ensure_ascii=False).encode()
        connection.request("POST", path, data, {"Content-Type": "application/json; charset=utf-8", **headers})
        answer = connection.getresponse()
        return answer.status, _read_object(_read(answer, time.monotonic() + answer_s, most_bytes))
    except (OSError, http.client.HTTPException) as exc:
        # Not its message: it may quote what was sent.
        _log.info("%s: no answer: %s", area, type(exc).__name__)
        raise EnvironmentFailure(f"{area}.unreachable", retryable=True, reason=type(exc).__name__) from exc
    finally:
        connection.close()


def split_url(url: str, *, area: str) -> SplitResult:
    """Return an address: HTTPS, or plain to a gateway on this machine that speaks for the province.

    Raises:
        UserError: ``<area>.bad_url``.
    """
    try:
        parts = urlsplit(url)
        is_right = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError as exc:
        raise UserError(f"{area}.bad_url") from exc
    if not is_right or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise UserError(f"{area}.bad_url")
    return parts


def _read(answer: http.client.HTTPResponse, until: float, most_bytes: int) -> bytes:
    """Return the answer, or nothing of one that is too long or drips in."""
    read = bytearray()
    while chunk := answer.read1(_CHUNK_BYTES):
        read += chunk
        if len(read) > most_bytes:
            return b""
        if time.monotonic() > until:
            raise TimeoutError
    return bytes(read)


def _read_object(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _connect(parts: SplitResult, authority: str, answer_s: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=answer_s)
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(cadata=authority)
    return http.client.HTTPSConnection(host, parts.port, timeout=answer_s, context=context)
