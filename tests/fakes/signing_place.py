"""A desk that signs: its token, its authority, its time stamps; everything in a folder of the test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from counter_app.signing.stamp import Stamp
from counter_app.signing.time_stamps import TimeStampAuthority
from counter_app.signing.tokens import Token, TokenModule
from counter_app.signing.trust import TrustStore
from tests.fakes.authority import Authority
from tests.fakes.token import MODULE, PIN, SoftToken, token_folder
from tests.fakes.tsa import StampingServer, stamping_server

SIGNER = "Nguyễn Thị Thử"
STAMP = Stamp(name=SIGNER, unit="UBND xã Thử Nghiệm")


def now() -> datetime:
    """Return the machine's time: certificates, pdfsig and OpenSSL know no other."""
    return datetime.now(UTC)


@dataclass
class SigningPlace:
    """One token with one person's certificate, whose authority hands out its revocation list on loopback."""

    folder: Path
    server: StampingServer
    authority: Authority
    token: SoftToken

    @property
    def module(self) -> TokenModule:
        return TokenModule(MODULE)

    @property
    def trust(self) -> TrustStore:
        return TrustStore(roots=(self.authority.issued.der,))

    @cached_property
    def stamps(self) -> TimeStampAuthority:
        return TimeStampAuthority(self.server.url, timeout_s=5)

    @property
    def list_url(self) -> str:
        return f"{self.server.url}/ca.crl"

    def open(self) -> Token:
        return self.module.open(PIN, now())


@contextmanager
def signing_place(folder: Path) -> Iterator[SigningPlace]:
    authority = Authority("CA gốc thử nghiệm")
    with token_folder(folder / "hsm") as tokens, stamping_server(folder / "tsa") as server:
        place = SigningPlace(folder, server, authority, SoftToken(tokens, "chu-ky"))
        server.files["/ca.crl"] = authority.revocation_list()
        server.install(authority.issue_time_stamper(crl_url=place.list_url), authority)
        place.token.add(authority.issue(SIGNER, crl_url=place.list_url))
        yield place
