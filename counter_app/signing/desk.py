"""What the rest of the program uses: this desk's token, its trusted authorities, its time stamp authority.

Every call may take from milliseconds to many seconds (the engine's first use alone 1.5 s): from the pool only, never
from the window's thread. Safe from any thread.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from counter_app.core.clock import Clock
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.settings.settings import Settings
from counter_app.signing.reports import VerificationReport
from counter_app.signing.signing import SignedPdf, SignOutcome, iter_signed, sign_pdf
from counter_app.signing.stamp import Stamp
from counter_app.signing.time_stamps import TimeStampAuthority
from counter_app.signing.tokens import Token, TokenFacts, TokenModule
from counter_app.signing.trust import TrustStore, read_trust
from counter_app.signing.upgrading import UpgradedPdf, upgrade_pdf
from counter_app.signing.verification import verify_pdf
from resources.token_modules import list_known_modules

_log = logging.getLogger(__name__)


class SigningDesk:
    """The clerk's token between its PIN and its signing out, and everything else about signatures at this desk."""

    def __init__(self, settings: Settings, folder: DataFolder, clock: Clock, *, idle_s: float | None = None) -> None:
        """`idle_s` replaces the setting ``signing.idle_minutes``."""
        self._settings = settings
        self._folder = folder
        self._clock = clock
        self._own_idle_s = idle_s
        self._lock = threading.RLock()
        self._token: Token | None = None
        self._used_at = 0.0
        self._watch: threading.Timer | None = None
        self._stamps: TimeStampAuthority | None = None

    def list_tokens(self) -> tuple[TokenFacts, ...]:
        """Return the tokens that are plugged in; the PIN is not needed.

        Raises:
            UserError: ``signing.no_module``.
            EnvironmentFailure: ``signing.module_missing``, ``signing.module_unusable``.
        """
        return self._module().list_tokens()

    def open(self, pin: str, *, serial: str = "", fingerprint: str = "") -> Token:
        """Sign in to the token for as many signatures as follow; the one before is signed out.

        `serial` names a token where several are plugged in, `fingerprint` a certificate.

        Raises:
            UserError: as `TokenModule.open`; ``signing.no_module``.
            EnvironmentFailure: as `TokenModule.open`.
        """
        with self._lock:
            self.close()
            self._token = self._module().open(pin, self._clock.now(), serial=serial, fingerprint=fingerprint)
            self._touch()
            self._watch_idle(self._idle_s())
            return self._token

    @property
    def is_open(self) -> bool:
        """Whether a PIN was given and still counts; the token may have been pulled since the last signature."""
        token = self._token
        return token is not None and token.is_open

    def close(self) -> None:
        """Sign the token out: the clerk leaves, the window locks or closes. Again without effect."""
        with self._lock:
            token, self._token = self._token, None
            if self._watch is not None:
                self._watch.cancel()
                self._watch = None
        if token is not None:
            token.close()

    def sign(self, pdf: bytes, *, stamp: Stamp | None = None, reason: str = "") -> SignedPdf:
        """Sign one document with the open token, see `sign_pdf`.

        Raises:
            UserError: ``signing.pin_needed``: no token is open, or it was idle too long; as `sign_pdf`.
            EnvironmentFailure: as `sign_pdf`.
        """
        token = self._open_token()
        signed = sign_pdf(
            pdf,
            token,
            self._clock.now(),
            stamp=stamp,
            reason=reason,
            authority=self._authority(),
            authorities=self._authorities(),
        )
        self._touch()
        return signed

    def iter_signed(
        self, documents: Iterable[tuple[str, bytes]], *, stamp: Stamp | None = None, reason: str = ""
    ) -> Iterator[SignOutcome]:
        """Sign many documents in one session, see `signing.iter_signed`; stop by not asking for the next.

        Raises:
            UserError: ``signing.pin_needed``, before the first document.
        """
        token = self._open_token()
        outcomes = iter_signed(
            documents,
            token,
            self._clock,
            stamp=stamp,
            reason=reason,
            authority=self._authority(),
            authorities=self._authorities(),
        )
        for outcome in outcomes:
            self._touch()
            yield outcome

    def verify(self, pdf: bytes, *, online: bool = False) -> VerificationReport:
        """Check every signature of a PDF against this desk's trusted authorities, see `verify_pdf`."""
        return verify_pdf(pdf, self.trust(), self._clock.now(), online=online)

    def upgrade(self, pdf: bytes, *, long_term: bool = True) -> UpgradedPdf:
        """Add time stamp and revocation data to a signed PDF, see `upgrade_pdf`. Needs the line."""
        url = self._settings.get("signing.time_stamp.url")
        authority = TimeStampAuthority(url) if url else None  # a fresh one: who asks for this has the line back
        return upgrade_pdf(pdf, self.trust(), self._clock.now(), authority=authority, long_term=long_term)

    def trust(self) -> TrustStore:
        """Return the trusted authorities of this desk, read anew each time."""
        return read_trust(self._trust_folder())

    def _trust_folder(self) -> Path:
        named = self._settings.get("signing.trust.folder")
        return Path(named) if named else self._folder.trust

    def _authorities(self) -> list[Any]:
        """Return the certificates alone: revocation lists are large and not needed to sign."""
        return read_trust(self._trust_folder(), with_lists=False).certificates()

    def _module(self) -> TokenModule:
        named = self._settings.get("signing.token.module")
        if named:
            return TokenModule(Path(named))
        found = next((known.path for known in list_known_modules() if known.path.is_file()), None)
        if found is None:
            raise UserError("signing.no_module")
        return TokenModule(found)

    def _authority(self) -> TimeStampAuthority | None:
        """Return the time stamp authority, the same one as long as its address is: it remembers its failures."""
        url = self._settings.get("signing.time_stamp.url")
        with self._lock:
            if self._stamps is None or self._stamps.url != url:
                self._stamps = TimeStampAuthority(url)
            return self._stamps if url else None

    def _open_token(self) -> Token:
        with self._lock:
            token = self._token
            if token is not None and time.monotonic() - self._used_at > self._idle_s():
                self.close()
            if token is None or not token.is_open:
                raise UserError("signing.pin_needed")
            self._touch()
            return token

    def _touch(self) -> None:
        self._used_at = time.monotonic()

    def _idle_s(self) -> float:
        if self._own_idle_s is not None:
            return self._own_idle_s
        minutes: int = self._settings.get("signing.idle_minutes")
        return minutes * 60.0

    def _watch_idle(self, seconds: float) -> None:
        """Sign the token out by itself when nobody signs any more."""
        self._watch = threading.Timer(seconds, self._end_idle)
        self._watch.name = "signing-idle"
        self._watch.daemon = True
        self._watch.start()

    def _end_idle(self) -> None:
        with self._lock:
            if threading.current_thread() is not self._watch:
                return
            left = self._used_at + self._idle_s() - time.monotonic()
            if left > 0:
                self._watch_idle(left)
                return
            _log.info("the token was idle and is signed out")
            self.close()
