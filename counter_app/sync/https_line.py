"""The line to the province: batches by HTTPS, several in flight on kept connections, and the unit's feed in pages.

A desk shows a certificate of the province's authority and trusts no other. Why HTTPS: docs/decisions, "carrier".
"""

import http.client
import json
import logging
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue
from typing import NamedTuple, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.sync.batch import Batch
from counter_app.sync.enrolling import EpochGrant, EpochRequest, ShownRoster
from counter_app.sync.ports import Acknowledgement, FeedItem

_log = logging.getLogger(__name__)
#: The name in the service's certificate: desks check it, wherever the service stands.
SERVICE_NAME = "province.counter-app"
_HALL_SUFFIX = ".hall.counter-app"
IN_FLIGHT = 4
DEFAULT_PORT = 443
_ANSWER_S = 60.0  # a line that flaps is down for half a minute and TCP goes on by itself afterwards
_MOST_ANSWER_BYTES = 8 * 1024 * 1024
_PAPERS_LATER = frozenset(
    {"province.papers_away", "province.papers_refused", "province.no_bucket", "province.papers_untrusted",
     "province.papers_clock"}
)  # fmt: skip
_items = msgspec.msgpack.Decoder(list[FeedItem])
_chains = msgspec.msgpack.Decoder(list[Acknowledgement])
_grant = msgspec.msgpack.Decoder(EpochGrant)
_acknowledgement = msgspec.msgpack.Decoder(Acknowledgement)


class LineIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Where the province is and how a desk shows who it is; all PEM. A desk that is not enrolled has no key yet.

    `server_name` is what the certificate at the other end must be made out to: the province's, or one hall's.
    """

    url: str
    authority: bytes
    certificate: bytes = b""
    key: bytes = b""
    server_name: str = SERVICE_NAME


class Answer(NamedTuple):
    """A status of HTTP and the body."""

    status: int
    data: bytes


class HttpsLine:
    """A `Line` of `counter_app.sync.ports`. One thread may push while another pulls; close it when done."""

    def __init__(self, identity: LineIdentity, *, connect_s: float = _ANSWER_S) -> None:
        """Prepare; nothing is sent before the first call. `connect_s`: how long to wait for somebody at all.

        Raises:
            UserError: ``sync.bad_url``.
        """
        self._address = parse_url(identity.url)
        self._server_name, self._connect_s = identity.server_name, connect_s
        self._context = _make_context(identity)
        self._idle: LifoQueue[_Link] = LifoQueue()
        self._links: list[_Link] = []
        self._aborted = threading.Event()

    def push(self, batches: Sequence[Batch]) -> Iterator[Acknowledgement]:
        """Carry batches, `IN_FLIGHT` at a time, and yield what the province has, in the order of the batches.

        When one fails, no further one begins, and those that are under way are heard first: what they were told spares
        sending them again.

        Raises:
            EnvironmentFailure: ``sync.line_down``, ``sync.line_refused``, ``sync.line_untrusted``.
        """
        said = _Said()
        failure: AppError | None = None
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="line") as pool:
            answers = [pool.submit(self.request, "POST", "/journal", batch.data) for batch in batches]
            try:
                for batch, answer in zip(batches, answers, strict=True):
                    try:
                        data = answer.result().data
                    except CancelledError:
                        break
                    except AppError as exc:
                        failure, data = failure or exc, b""
                        pool.shutdown(wait=False, cancel_futures=True)
                    if data and said.is_news(batch, one := _decode(_acknowledgement, data)):
                        yield one
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
        if failure is not None:
            raise failure
        yield from said.list_behind()

    def pull(self, after: int, *, mark: bytes = b"", own: bool = False, wait_s: int = 0) -> Iterator[FeedItem]:
        """Yield what the unit's feed has after a position; with `own` also what this desk pushed itself.

        Everything else is as with `pull_pages`.
        """
        for page in self.pull_pages(after, mark=mark, own=own, wait_s=wait_s):
            yield from page

    def pull_pages(
        self, after: int, *, mark: bytes = b"", own: bool = False, wait_s: int = 0
    ) -> Iterator[list[FeedItem]]:
        """Yield the unit's feed after a position, a page as it came over the line at a time.

        `mark` is that of the item at the position: where another one is there now, the feed was set back meanwhile.
        Where there is nothing, a hall answers when there is something, or after `wait_s`.

        Raises:
            EnvironmentFailure: as `push`.
        """
        while True:
            path = f"/feed?after={after}" + (f"&mark={mark.hex()}" if mark else "")
            path += ("&own=1" if own else "") + (f"&wait={wait_s}" if wait_s else "")
            wait_s = 0
            items = _decode(_items, self.request("GET", path).data)
            if not items:
                return
            for item in items:
                if item.position <= after:  # a service that repeats itself would keep us here for ever
                    raise EnvironmentFailure("sync.line_refused", reason="feed")
                after, mark = item.position, item.mark
            yield items

    def read_chains(self) -> list[Acknowledgement]:
        """Return what the province has of this desk's own chains.

        Raises:
            EnvironmentFailure: as `push`.
        """
        return _decode(_chains, self.request("GET", "/chains").data)

    def claim_epoch(self, asked: EpochRequest) -> EpochGrant:
        """Return the epoch that the province gives to a claim, the same one each time.

        Raises:
            EnvironmentFailure: as `push`.
        """
        return _decode(_grant, self.request("POST", "/epoch", msgspec.msgpack.encode(asked)).data)

    def find_answered(self) -> bytes:
        """Return nothing: over a line an epoch is given when it is asked for."""
        return b""

    def show_roster(self, shown: ShownRoster) -> bool:
        """Show the province its own list of desks; returns whether it took it.

        One of an earlier version does not, nor one that gave this desk's numbers to another meanwhile.

        Raises:
            EnvironmentFailure: ``sync.line_down`` and its like.
        """
        try:
            self.request("POST", "/roster", msgspec.msgpack.encode(shown))
        except EnvironmentFailure as exc:
            if exc.code != "sync.line_refused":
                raise
            _log.warning("the province did not take its list of desks: %s", exc.context.get("reason"))
            return False
        return True

    def request(self, method: str, path: str, data: bytes = b"") -> Answer:
        """Ask once, and once more where a kept connection had been closed meanwhile.

        Raises:
            EnvironmentFailure: ``sync.line_down``, ``sync.line_untrusted``, ``sync.line_refused``,
                ``sync.line_revoked``.
        """
        with self._link() as link:
            answer = link.ask(method, path, data)
        if answer.status >= http.client.BAD_REQUEST:
            raise _refusal(answer)
        return answer

    def close(self) -> None:
        """Close every connection."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def abort(self) -> None:
        """End every request, from another thread, and let none begin: each fails as if the line had been cut."""
        self._aborted.set()
        for link in tuple(self._links):
            link.abort()

    @contextmanager
    def _link(self) -> Iterator["_Link"]:
        """Give a connection that nobody uses; one that failed is not used again."""
        try:
            link = self._idle.get_nowait()
        except Empty:
            link = _Link(self._address, self._context, self._aborted, self._server_name, self._connect_s)
            self._links.append(link)
        try:
            yield link
        except BaseException:
            self._links.remove(link)
            link.close()
            raise
        self._idle.put(link)


class _Said:
    """Which answers to batches side by side say something: one that overtook its predecessors was told an old state."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, int], int] = {}
        self._behind: dict[tuple[str, int], Acknowledgement] = {}

    def is_news(self, batch: Batch, one: Acknowledgement) -> bool:
        """Whether an answer counts now: it reaches further, or contradicts the batch."""
        chain = (one.desk, one.epoch)
        if one.seq < batch.first_seq:
            known = self._behind.get(chain)
            self._behind[chain] = one if known is None or one.seq > known.seq else known
            return False
        reaches = one.seq > self._latest.get(chain, 0)
        self._latest[chain] = max(one.seq, self._latest.get(chain, 0))
        return reaches or one.seq < batch.last_seq or (one.seq == batch.last_seq and one.hash != batch.last_hash)

    def list_behind(self) -> list[Acknowledgement]:
        """Return what is held of chains of which no batch fitted: the province has less than the desk believed."""
        return [one for chain, one in self._behind.items() if chain not in self._latest]


class _Link:
    """One connection, opened when first needed."""

    def __init__(
        self,
        address: tuple[str, int],
        context: ssl.SSLContext,
        aborted: threading.Event | None = None,
        server_name: str = SERVICE_NAME,
        connect_s: float = _ANSWER_S,
    ) -> None:
        self._address, self._context = address, context
        self._server_name, self._connect_s = server_name, connect_s
        self._aborted = aborted or threading.Event()
        self._open: http.client.HTTPConnection | None = None
        self._socket: ssl.SSLSocket | None = None

    def ask(self, method: str, path: str, data: bytes) -> Answer:
        try:
            if self._open is not None:
                try:
                    return self._ask(self._open, method, path, data)
                except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                    self.close()  # idle for too long; asking again is safe, for everything here may come twice
            self._open = self._connect()
            return self._ask(self._open, method, path, data)
        except ssl.SSLCertVerificationError as exc:
            raise EnvironmentFailure("sync.line_untrusted") from exc
        except (OSError, http.client.HTTPException) as exc:
            raise EnvironmentFailure("sync.line_down", retryable=True) from exc

    def _connect(self) -> http.client.HTTPConnection:
        link = http.client.HTTPConnection(*self._address, timeout=self._connect_s)
        try:
            link.connect()
            link.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.sock = self._context.wrap_socket(
                link.sock, server_hostname=self._server_name, do_handshake_on_connect=False
            )
            self._socket = link.sock
            self._require_wanted()
            link.sock.do_handshake()
            link.sock.settimeout(_ANSWER_S)
        except BaseException:
            link.close()
            raise
        return link

    def _require_wanted(self) -> None:
        """An abort that came before the socket was there could not shut it down."""
        if self._aborted.is_set():
            raise ConnectionAbortedError

    @staticmethod
    def _ask(link: http.client.HTTPConnection, method: str, path: str, data: bytes) -> Answer:
        link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        link.putheader("Host", SERVICE_NAME)
        if data:
            link.putheader("Content-Length", str(len(data)))
        link.endheaders(data or None)
        answer = link.getresponse()
        body = answer.read(_MOST_ANSWER_BYTES + 1)
        if len(body) > _MOST_ANSWER_BYTES:
            raise http.client.HTTPException("too much")
        if answer.length:  # the connection ended politely in the middle, and a read of so much at most says nothing
            raise http.client.IncompleteRead(body, answer.length)
        return Answer(answer.status, body)

    def abort(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
        self._open = self._socket = None


def parse_url(url: str) -> tuple[str, int]:
    """Return host and port of ``https://HOST[:PORT]``.

    Raises:
        UserError: ``sync.bad_url``.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError as exc:
        raise UserError("sync.bad_url") from exc
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise UserError("sync.bad_url")
    return parts.hostname, port


def fetch_authority(url: str) -> bytes:
    """Return the certificate of the authority that a service says is its own. Nothing is proved: compare its hash.

    Raises:
        EnvironmentFailure: ``sync.line_down``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    link = _Link(parse_url(url), context)
    try:
        return link.ask("GET", "/authority", b"").data
    finally:
        link.close()


def enrolment_path(code: str) -> str:
    """Return under which path the service shows an enrolment."""
    return f"/enrolment?code={quote(code, safe='')}"


def _make_context(identity: LineIdentity) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(cadata=identity.authority.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as exc:
        raise EnvironmentFailure("sync.line_untrusted") from exc
    if identity.key:
        load_key(context, identity)
    return context


def hall_name(hall_id: str) -> str:
    """Return the name in a hall's certificate: desks ask for the halls that are on their roster, and for no other."""
    return hall_id + _HALL_SUFFIX


def load_key(context: ssl.SSLContext, identity: LineIdentity) -> None:
    """Let a context show this certificate.

    OpenSSL reads keys from files only: the file holds it encrypted, under a password that is nowhere else."""
    from cryptography.hazmat.primitives import serialization

    password = secrets.token_hex(32)
    encryption = serialization.BestAvailableEncryption(password.encode())
    key = serialization.load_pem_private_key(identity.key, None)
    sealed = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    with tempfile.TemporaryDirectory(prefix="counter-line-") as folder:
        path = Path(folder) / "desk.pem"
        path.write_bytes(sealed + identity.certificate)
        context.load_cert_chain(path, password=password)


_Kind = TypeVar("_Kind")


def _decode(decoder: "msgspec.msgpack.Decoder[_Kind]", data: bytes) -> _Kind:
    try:
        return decoder.decode(data)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("sync.line_refused", reason="answer") from exc


def _refusal(answer: Answer) -> AppError:
    """Return the error that an answer stands for; its code is only taken where it looks like one of ours."""
    try:
        said = json.loads(answer.data)
    except ValueError:
        said = {}
    code = said.get("code", "") if isinstance(said, Mapping) else ""
    if code == "province.desk_revoked":
        return EnvironmentFailure("sync.line_revoked")
    if isinstance(code, str) and code in _PAPERS_LATER:
        return EnvironmentFailure("sync.papers_later", retryable=True)
    if answer.status >= http.client.INTERNAL_SERVER_ERROR:
        return EnvironmentFailure("sync.line_down", retryable=True)
    reason = code if isinstance(code, str) and code.replace(".", "").replace("_", "").isalpha() else str(answer.status)
    return EnvironmentFailure("sync.line_refused", reason=reason[:40])
