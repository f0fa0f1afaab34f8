"""The national portal's end of the line: logging in, and one call after the other.

As published client code of provincial systems does it (no signed specification is public, so this is unverified): a
log-in with user and password under the header ``dstcode`` gives a session, every call carries it, ``error_code`` "0" is
yes.
"""

import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.province.json_calls import post_json, split_url

_ANSWER_S = 60.0
_MOST_ACCOUNT_BYTES = 64 * 1024
_LONGEST_MESSAGE = 300
_MOST_ANSWER_BYTES = 1024 * 1024
_FINE = "0"
BAD_ANSWER = "portal.bad_answer"


class PortalAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the portal is and who the province is there. `authority` is the PEM of its own authority, if it has one."""

    login_url: str
    url: str
    destination: str
    username: str
    password: str
    authority: str = ""


class PortalSaid(NamedTuple):
    """What the portal answered to one call, in its own words; `result` is of any shape."""

    is_taken: bool
    message: str
    result: Any = None


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
        split_url(url, area="portal")
    return account


class NationalPortal:
    """One thread only. A session lasts until the portal refuses it."""

    def __init__(self, account: PortalAccount) -> None:
        self._account = account
        self._session = ""

    def call(self, body: Mapping[str, Any], *, most_bytes: int = _MOST_ANSWER_BYTES) -> PortalSaid:
        """Make one call; returns what the portal said of it. A longer answer counts as none.

        Raises:
            EnvironmentFailure: ``portal.unreachable``: nobody answered; ``portal.bad_answer``: nothing of sense came;
                whether the call counted is not known. ``portal.not_admitted``: the account is refused.
        """
        status, answer = self._ask(body, most_bytes)
        if status == http.client.UNAUTHORIZED:
            self._session = ""
            status, answer = self._ask(body, most_bytes)
        if status != http.client.OK or "error_code" not in answer:
            raise EnvironmentFailure(BAD_ANSWER, retryable=True, reason=str(status))
        message = str(answer.get("message", ""))[:_LONGEST_MESSAGE]
        return PortalSaid(str(answer["error_code"]) == _FINE, message, answer.get("result"))

    def _ask(self, body: Mapping[str, Any], most_bytes: int) -> tuple[int, dict[str, Any]]:
        self._session = self._session or self._log_in()
        return self._post(self._account.url, {**body, "session": self._session}, {}, most_bytes)

    def _log_in(self) -> str:
        account = self._account
        said = {"username": account.username, "password": account.password}
        headers = {"dstcode": account.destination}
        status, answer = self._post(account.login_url, said, headers, _MOST_ANSWER_BYTES)
        session = answer.get("session")
        if status == http.client.OK and str(answer.get("error_code")) == _FINE and isinstance(session, str) and session:
            return session
        raise EnvironmentFailure("portal.not_admitted", retryable=True)

    def _post(
        self, url: str, body: Mapping[str, Any], headers: Mapping[str, str], most_bytes: int
    ) -> tuple[int, dict[str, Any]]:
        return post_json(
            url,
            body,
            headers=headers,
            authority=self._account.authority,
            answer_s=_ANSWER_S,
            area="portal",
            most_bytes=most_bytes,
        )
