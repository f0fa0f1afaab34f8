"""Becoming a desk of a province: by a code over the line, or by files that somebody carries both ways.

A desk made from a file works at once. Its claim is the same that the line carries: it goes by whichever way comes
first, and is repeated without harm.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.services.open_desk import IDENTITY, OpenDesk, read_local, write_local
from counter_app.sync.exchange import Exchange
from counter_app.sync.roster import Enrolment, EnrolmentClaim, read_enrolment, sign_claim

if TYPE_CHECKING:
    from counter_app.sync.https_line import HttpsLine, LineIdentity

_PENDING = "enrolment_claim"
_MOST_BYTES = 8 * 1024 * 1024


class Invitation(NamedTuple):
    """What a code stands for: proved to be of the province that gave the code. `roster` comes with a file only."""

    url: str
    code: str
    authority: bytes
    enrolment: Enrolment
    roster: bytes = b""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that the province has not answered yet, with the key whose certificate it asks for."""

    url: str
    authority: bytes
    key: bytes
    asked: bytes


def fetch_invitation(url: str, code: str) -> Invitation:
    """Ask the province what a code stands for.

    Raises:
        UserError: ``sync.bad_url``, ``sync.bad_enrolment``.
        EnvironmentFailure: ``sync.line_untrusted``: another province than the code's answers; ``sync.line_down``,
            ``sync.line_refused``.
    """
    from counter_app.sync.enrolling import check_authority
    from counter_app.sync.https_line import HttpsLine, LineIdentity, enrolment_path, fetch_authority

    authority = fetch_authority(url)
    check_authority(code, authority)
    line = HttpsLine(LineIdentity(url=url, authority=authority))
    try:
        enrolment = read_enrolment(line.request("GET", enrolment_path(code)).data)
    finally:
        line.close()
    return Invitation(url, code, authority, enrolment)


def read_invitation(path: Path, *, code: str | None = None) -> Invitation:
    """Return what an enrolment file stands for. With the code, told on another way, the file is proved by it.

    Without it whoever brings the file is trusted with it.

    Raises:
        UserError: ``cli.no_such_file``, ``sync.bad_enrolment``.
        EnvironmentFailure: ``sync.line_untrusted``: the code is another province's, or another desk's.
    """
    from counter_app.sync.enrolling import EnrolmentFile, check_authority, check_vouched

    file = _decode(_read(path), EnrolmentFile, "sync.bad_enrolment")
    check_vouched(file)
    enrolment = read_enrolment(file.enrolment)
    check_authority(code or enrolment.code, file.authority)
    if code is not None and _plain(code) != _plain(enrolment.code):
        raise EnvironmentFailure("sync.line_untrusted")
    return Invitation(enrolment.url, enrolment.code, file.authority, enrolment, file.roster)


class Enrolling:
    """Safe from any thread that may wait for the line."""

    def __init__(self, desk: OpenDesk, exchange: Exchange) -> None:
        self._desk = desk
        self._exchange = exchange

    def is_begun(self) -> bool:
        """Whether a province has admitted this desk, or invited it by a file."""
        with self._desk.store.reading() as connection:
            return read_local(connection, IDENTITY) is not None or read_local(connection, _PENDING) is not None

    def enrol(self, invitation: Invitation) -> None:
        """Claim an invitation: over the line at once, or, for one that came as a file, whenever there is a way.

        Raises:
            AppError: as `fetch_invitation`; ``sync.other_province``, ``sync.bad_roster``, ``sync.enrolment_expired``.
        """
        pending = self._prepare(invitation)
        if not invitation.roster:
            self.ask(pending, invitation.enrolment.province_key)
            return
        if invitation.enrolment.expires_at <= self._desk.clock.now():
            raise UserError("sync.enrolment_expired")
        self._exchange.trust_province(invitation.enrolment.province_key)
        self._exchange.take_roster(invitation.roster)
        with self._desk.store.writing() as connection:
            write_local(connection, _PENDING, msgspec.msgpack.encode(pending))

    def find_pending(self) -> Pending | None:
        """Return the claim that waits for an answer."""
        with self._desk.store.reading() as connection:
            data = read_local(connection, _PENDING)
            is_admitted = read_local(connection, IDENTITY) is not None
        if data is None or is_admitted:
            return None
        return _decode(data, Pending, "sync.no_claim")

    def ask(self, pending: Pending, province_key: bytes | None = None) -> None:
        """Carry a claim over the line and keep the answer.

        Raises:
            AppError: as `enrol`.
        """
        from counter_app.sync.https_line import HttpsLine, LineIdentity

        line = HttpsLine(LineIdentity(url=pending.url, authority=pending.authority))
        try:
            data = line.request("POST", "/claim", pending.asked).data
        finally:
            line.close()
        self._take(pending, data, province_key)
        self._be_heard()

    def _be_heard(self) -> None:
        """Show the certificate once: from then on the code makes no second desk, with the same numbers as this one."""
        from counter_app.sync.https_line import HttpsLine, LineIdentity

        with self._desk.store.reading() as connection:
            identity = _decode(read_local(connection, IDENTITY) or b"", LineIdentity, "sync.not_enrolled")
        line = HttpsLine(identity)
        try:
            with suppress(AppError):  # the exchanges that follow say it as well
                line.read_chains()
        finally:
            line.close()

    def renew(self, line: "HttpsLine") -> bool:
        """Ask for a new certificate, with a new key, in the last year of the present one. Returns whether it came.

        Raises:
            AppError: as `HttpsLine.request`; ``sync.bad_admission``. The present certificate stays.
        """
        from counter_app.sync.https_line import LineIdentity
        from counter_app.sync.renewing import find_renewal

        with self._desk.store.reading() as connection:
            identity = _decode(read_local(connection, IDENTITY) or b"", LineIdentity, "sync.not_enrolled")
        renewed = find_renewal(line, identity, now=self._desk.clock.now())
        if renewed is not None:
            self._keep(renewed)
        return renewed is not None

    def write_claim(self, path: Path) -> None:
        """Write the claim to a new file, for the province.

        Raises:
            UserError: ``sync.no_claim``, ``cli.file_exists``.
            EnvironmentFailure: disk.
        """
        from counter_app.core.replacing import replace_file

        pending = self._get_pending()
        if path.exists():
            raise UserError("cli.file_exists", file=path.name)
        replace_file(path, pending.asked)

    def take_admission(self, path: Path) -> None:
        """Take the province's answer to the claim from a file.

        Raises:
            UserError: ``sync.no_claim``, ``cli.no_such_file``, ``sync.bad_admission``, ``sync.bad_roster``.
        """
        self._take(self._get_pending(), _read(path), None)

    def take_carried(self, data: bytes) -> None:
        """Take the answer to the claim that came in a bundle; once admitted, a desk needs none.

        Raises:
            UserError: ``sync.bad_admission``, ``sync.bad_roster``.
        """
        pending = self.find_pending()
        if pending is not None:
            self._take(pending, data, None)

    def _get_pending(self) -> Pending:
        pending = self.find_pending()
        if pending is None:
            raise UserError("sync.no_claim")
        return pending

    def _prepare(self, invitation: Invitation) -> Pending:
        from counter_app.sync.enrolling import make_line_key

        key, request = make_line_key()
        claim = EnrolmentClaim(
            code=invitation.code,
            desk_id=self._desk.desk.id,
            public_key=self._desk.journal.public_key,
            recipient=self._exchange.own_recipient(),
            request=request,
        )
        asked = sign_claim(claim, self._desk.journal.sign)
        return Pending(url=invitation.url, authority=invitation.authority, key=key, asked=asked)

    def _take(self, pending: Pending, data: bytes, province_key: bytes | None) -> None:
        from counter_app.sync.enrolling import Admission, check_certificate
        from counter_app.sync.https_line import LineIdentity

        admission = _decode(data, Admission, "sync.bad_admission")
        check_certificate(admission.certificate, pending.key, pending.authority)
        identity = LineIdentity(
            url=pending.url, authority=pending.authority, certificate=admission.certificate, key=pending.key
        )
        if province_key is not None:
            self._exchange.trust_province(province_key)
        self._exchange.take_roster(admission.roster)
        self._keep(identity)

    def _keep(self, identity: "LineIdentity") -> None:
        with self._desk.store.writing() as connection:
            write_local(connection, IDENTITY, msgspec.msgpack.encode(identity))


def _plain(code: str) -> str:
    return "".join(code.upper().replace("-", "").split())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES)
    except OSError as exc:
        raise UserError("cli.no_such_file", file=path.name) from exc


_Kind = TypeVar("_Kind")


def _decode(data: bytes, kind: type[_Kind], code: str) -> _Kind:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError(code) from exc
