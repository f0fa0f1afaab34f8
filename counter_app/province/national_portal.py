"""The national portal's end of the line: logging in, and one call after the other.

As published client code of provincial systems does it (no signed specification is public, so this is unverified): a
log-in with user and password under the header ``dstcode`` gives a session, every call carries it, ``error_code`` "0" is
yes.
"""

import http.client
import json
import logging
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError

_log = logging.getLogger(__name__)
_ANSWER_S = 60.0
_MOST_ANSWER_BYTES = 1024 * 1024
_MOST_ACCOUNT_BYTES = 64 * 1024
_LONGEST_MESSAGE = 300
_FINE = "0"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class PortalAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the portal is and who the province is there. `authority` is the PEM of its own authority, if it has one."""

    login_url: str
    url: str
    destination: str
    username: str
    password: str
    authority: str = ""


class PortalSaid(NamedTuple):
    """What the portal answered to one call, in its own words."""

    is_taken: bool
    message: str


def read_account(path: Path) -> PortalAccount:
    """Return the account of a file: JSON, readable by its owner only.

    Raises:
        UserError: ``portal.bad_account``, ``portal.bad_url``.
        EnvironmentFailure: ``portal.no_account``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_ACCOUNT_BYTES + 1)
    except OSError as exc:
        raise EnvironmentFailure("portal.no_account", file=path.name) from exc
    try:
        account = msgspec.json.decode(data, type=PortalAccount)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("portal.bad_account", file=path.name) from exc
    for url in (account.login_url, account.url):
        _split(url)
    return account


class NationalPortal:
    """One thread only. A session lasts until the portal refuses it."""

    def __init__(self, account: PortalAccount) -> None:
        self._account = account
        self._session = ""

    def call(self, body: Mapping[str, Any]) -> PortalSaid:
        """Make one call; returns what the portal said of it.

        Raises:
            EnvironmentFailure: ``portal.unreachable``: nobody answered, or nothing of sense; whether the call counted
                is not known. ``portal.not_admitted``: the account is refused.
        """
        status, answer = self._ask(body)
        if status == http.client.UNAUTHORIZED:
            self._session = ""
            status, answer = self._ask(body)
        if status != http.client.OK or "error_code" not in answer:
            raise EnvironmentFailure("portal.unreachable", retryable=True, reason=str(status))
        return PortalSaid(str(answer["error_code"]) == _FINE, str(answer.get("message", ""))[:_LONGEST_MESSAGE])

    def _ask(self, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        self._session = self._session or self._log_in()
        return _post(self._account.url, {**body, "session": self._session}, {}, self._account.authority)

    def _log_in(self) -> str:
        account = self._account
        said = {"username": account.username, "password": account.password}
        status, answer = _post(account.login_url, said, {"dstcode": account.destination}, account.authority)
        session = answer.get("session")
        if status == http.client.OK and str(answer.get("error_code")) == _FINE and isinstance(session, str) and session:
            return session
        raise EnvironmentFailure("portal.not_admitted", retryable=True)


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str], authority: str) -> tuple[int, dict[str, Any]]:
    parts = _split(url)
    connection = _connect(parts, authority)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        data = json.dumps(body, ensure_ascii=False).encode()
        connection.request("POST", path, data, {"Content-Type": "application/json; charset=utf-8", **headers})
        answer = connection.getresponse()
        read = answer.read(_MOST_ANSWER_BYTES + 1)
        status = answer.status
    except (OSError, http.client.HTTPException) as exc:
        # Not its message: it may quote what was sent.
        _log.info("the national portal does not answer: %s", type(exc).__name__)
        raise EnvironmentFailure("portal.unreachable", retryable=True, reason=type(exc).__name__) from exc
    finally:
        connection.close()
    return status, _read_answer(read)


def _read_answer(data: bytes) -> dict[str, Any]:
    if len(data) > _MOST_ANSWER_BYTES:
        return {}
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _connect(parts: SplitResult, authority: str) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=_ANSWER_S)
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(cadata=authority)
    return http.client.HTTPSConnection(host, parts.port, timeout=_ANSWER_S, context=context)


def _split(url: str) -> SplitResult:
    """Return an address: HTTPS, or plain to a gateway on this machine that speaks for the province."""
    try:
        parts = urlsplit(url)
        is_right = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError as exc:
        raise UserError("portal.bad_url") from exc
    if not is_right or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
        raise UserError("portal.bad_url")
    return parts
