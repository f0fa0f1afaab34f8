"""Tokens by PKCS#11: which are there, what they hold, and one signed-in session that signs.

The library works in this process and is told that one thread uses it, so one lock guards every call. Calls take from
milliseconds to seconds: from the pool only, never from the window's thread.
"""

import contextlib
import hashlib
import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.signing.certificates import (
    CertificateFacts,
    CertificateState,
    build_chain,
    load_certificate,
    read_facts,
)
from counter_app.signing.token_errors import PinState, login_error, token_error

_MOST_CERTIFICATES = 64
_LONGEST_PIN = 64
_log = logging.getLogger(__name__)
_driver = threading.RLock()
_sessions: dict[Path, "Token"] = {}  # by library, of the whole process: starting a library anew would end them


class TokenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A token that is plugged in. `serial` tells it from others; the certificates are those seen without a PIN."""

    label: str
    serial: str
    maker: str
    model: str
    pin: PinState
    certificates: tuple[CertificateFacts, ...]


class Token:
    """A signed-in session on one token. Safe from any thread; the PIN is not kept, the token itself remembers it."""

    def __init__(self, session: Any, facts: TokenFacts, key: "_Key", module: "TokenModule") -> None:
        self._session = session
        self._key = key
        self._module = module
        self._is_open = True
        self.facts = facts
        self.certificate = read_facts(key.certificate)

    def __repr__(self) -> str:
        return f"<Token open={self._is_open}>"

    @property
    def is_open(self) -> bool:
        """Whether it can still sign, as far as is known without asking the token."""
        return self._is_open

    @property
    def signing_certificate(self) -> Any:
        """The certificate of the key, as asn1crypto has it."""
        return self._key.certificate

    @property
    def chain(self) -> list[Any]:
        """The issuers of that certificate that lie on the token, nearest first."""
        return list(self._key.chain)

    def sign_raw(self, data: bytes) -> bytes:
        """Return the key's signature over data hashed with SHA-256 (RSA PKCS#1 v1.5, or ECDSA in DER).

        Raises:
            EnvironmentFailure: ``signing.token_gone``: pulled or signed out meanwhile, the session is closed;
                ``signing.token_refused``: the token answers but does not sign.
        """
        with _driver:
            if not self._is_open:
                raise EnvironmentFailure("signing.token_gone", retryable=True)
            if not self._is_there():
                self.close()
                raise EnvironmentFailure("signing.token_gone", retryable=True)
            try:
                return self._key.sign(data)
            except _foreign() as exc:
                failure = token_error(exc, is_there=self._is_there())
                if failure.code == "signing.token_gone":
                    self.close()
                raise failure from exc

    def close(self) -> None:
        """Sign out and forget the session; again without effect."""
        with _driver:
            if not self._is_open:
                return
            self._is_open = False
            with contextlib.suppress(*_foreign()):  # a token that was pulled has closed it already
                self._session.close()
            self._module.forget(self)

    def _is_there(self) -> bool:
        try:
            return _serial(self._session.token.slot.get_token()) == self.facts.serial
        except _foreign():
            return False


class _Key:
    """A private key on the token with its certificate."""

    def __init__(self, handle: Any, certificate: Any, chain: list[Any], mechanisms: set[Any]) -> None:
        self._handle = handle
        self._mechanisms = mechanisms
        self.certificate = certificate
        self.chain = chain

    def sign(self, data: bytes) -> bytes:
        from pkcs11 import Mechanism
        from pkcs11.util.ec import encode_ecdsa_signature

        if self.certificate.public_key.algorithm == "ec":
            digest = hashlib.sha256(data).digest()
            return bytes(encode_ecdsa_signature(self._handle.sign(digest, mechanism=Mechanism.ECDSA)))
        if Mechanism.SHA256_RSA_PKCS in self._mechanisms:
            return bytes(self._handle.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
        return bytes(self._handle.sign(_digest_info(data), mechanism=Mechanism.RSA_PKCS))


class TokenModule:
    """One PKCS#11 library. At most one session is open through it at a time: opening closes the one before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The library's file name."""
        return self._path.name

    def list_tokens(self) -> tuple[TokenFacts, ...]:
        """Return the tokens that are plugged in now.

        Raises:
            EnvironmentFailure: ``signing.module_missing``, ``signing.module_unusable``.
        """
        with _driver:
            return tuple(_facts(token) for token in self._iter_tokens())

    def open(self, pin: str, now: datetime, *, serial: str = "", fingerprint: str = "") -> Token:
        """Sign in and choose the key: the one named, else the certificate valid longest.

        The PIN is tried once and not kept.

        Raises:
            UserError: ``signing.no_token``, ``signing.several_tokens``, ``signing.pin_missing``, one of the PIN's
                sentences, ``signing.no_certificate``, ``signing.certificate_expired``,
                ``signing.certificate_not_yet_valid``, ``signing.certificate_not_for_signing``.
            EnvironmentFailure: the library or the token fails.
        """
        if not pin or len(pin) > _LONGEST_PIN:
            raise UserError("signing.pin_missing")
        with _driver:
            if self._path in _sessions:
                _sessions[self._path].close()
            token = self._choose(serial)
            facts = _facts(token)
            if facts.pin is PinState.LOCKED:
                raise UserError("signing.pin_locked")  # a PIN that cannot help is not given away
            session = _login(token, pin)
            try:
                key = _choose_key(session, token, now, fingerprint)
                _sessions[self._path] = opened = Token(session, facts, key, self)
            except BaseException:
                with contextlib.suppress(*_foreign()):
                    session.close()
                raise
            return opened

    def forget(self, token: Token) -> None:
        """Let go of a session that has closed."""
        if _sessions.get(self._path) is token:
            del _sessions[self._path]

    def _choose(self, serial: str) -> Any:
        found = [token for token in self._iter_tokens() if not serial or _serial(token) == serial]
        if not found:
            raise UserError("signing.no_token")
        if len(found) > 1:
            raise UserError("signing.several_tokens", count=len(found))
        return found[0]

    def _iter_tokens(self) -> Iterator[Any]:
        """Yield every token that somebody has set up."""
        from pkcs11 import TokenFlag

        library = self._load()
        try:
            slots = library.get_slots(token_present=True)
        except _foreign() as exc:
            raise self._unusable(exc) from exc
        for slot in slots:
            with contextlib.suppress(*_foreign()):  # pulled between the two questions
                token = slot.get_token()
                if token.flags & TokenFlag.TOKEN_INITIALIZED:
                    yield token

    def _load(self) -> Any:
        """Return the library, looking afresh: some show a token only after they were started anew."""
        import pkcs11

        if not self._path.is_file():
            raise EnvironmentFailure("signing.module_missing", module=self._path.name)
        try:
            library = pkcs11.lib(str(self._path))
            if self._path not in _sessions:
                library.reinitialize()
        except (pkcs11.PKCS11Error, OSError) as exc:
            raise self._unusable(exc) from exc
        return library

    def _unusable(self, error: Exception) -> AppError:
        return EnvironmentFailure(
            "signing.module_unusable", retryable=True, module=self._path.name, reason=type(error).__name__
        )


def _foreign() -> tuple[type[Exception], ...]:
    from pkcs11 import PKCS11Error

    return (PKCS11Error,)


def _login(token: Any, pin: str) -> Any:
    try:
        return token.open(user_pin=pin)
    except _foreign() as exc:
        raise login_error(exc, _pin_state_now(token)) from exc


def _pin_state_now(token: Any) -> PinState:
    try:
        return _pin_state(token.slot.get_token())
    except _foreign():
        return PinState.FINE


def _pin_state(token: Any) -> PinState:
    from pkcs11 import TokenFlag

    flags = token.flags
    if flags & TokenFlag.USER_PIN_LOCKED:
        return PinState.LOCKED
    if not flags & TokenFlag.USER_PIN_INITIALIZED:
        return PinState.NOT_SET
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return PinState.LAST_TRY
    return PinState.FEW_TRIES if flags & TokenFlag.USER_PIN_COUNT_LOW else PinState.FINE


def _serial(token: Any) -> str:
    return nfc(bytes(token.serial).decode("utf-8", "replace"))


def _facts(token: Any) -> TokenFacts:
    certificates: list[CertificateFacts] = []
    with contextlib.suppress(*_foreign()), token.open() as session:
        certificates = [read_facts(one) for one, _ in _list_certificates(session)]
    return TokenFacts(
        label=nfc(token.label),
        serial=_serial(token),
        maker=nfc(token.manufacturer_id),
        model=nfc(token.model),
        pin=_pin_state(token),
        certificates=tuple(certificates),
    )


def _list_certificates(session: Any) -> list[tuple[Any, bytes]]:
    """Return the readable certificates on a token, each with the id that leads to its key."""
    from pkcs11 import Attribute, CertificateType, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.CERTIFICATE_TYPE: CertificateType.X_509}
    found: list[tuple[Any, bytes]] = []
    for item in list(session.get_objects(wanted))[:_MOST_CERTIFICATES]:
        try:
            certificate = load_certificate(bytes(item[Attribute.VALUE]))
            read_facts(certificate)
        except ValueError:
            _log.warning("a certificate on the token cannot be read")
            continue
        found.append((certificate, bytes(item[Attribute.ID])))
    return found


def _choose_key(session: Any, token: Any, now: datetime, fingerprint: str) -> _Key:
    try:
        certificates = _list_certificates(session)
        handles = _list_keys(session)
        mechanisms = set(token.slot.get_mechanisms())
    except _foreign() as exc:
        raise token_error(exc) from exc
    own = [(one, handles[key_id]) for one, key_id in certificates if key_id in handles]
    if fingerprint:
        own = [(one, handle) for one, handle in own if one.sha256.hex() == fingerprint]
    certificate, handle = _best(own, now)
    return _Key(handle, certificate, build_chain(certificate, [one for one, _ in certificates]), mechanisms)


def _list_keys(session: Any) -> dict[bytes, Any]:
    from pkcs11 import Attribute, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.SIGN: True}
    return {bytes(key[Attribute.ID]): key for key in session.get_objects(wanted)}


def _best(own: list[tuple[Any, Any]], now: datetime) -> tuple[Any, Any]:
    """Return the usable certificate that lasts longest with its key; else say why the nearest one is not usable."""
    if not own:
        raise UserError("signing.no_certificate")
    rated = [(read_facts(one), one, handle) for one, handle in own]
    usable = [entry for entry in rated if entry[0].state_at(now) is CertificateState.USABLE]
    if usable:
        _, certificate, handle = max(usable, key=lambda entry: entry[0].not_after)
        return certificate, handle
    signing = [facts for facts, _, _ in rated if facts.state_at(now) is not CertificateState.NOT_FOR_SIGNING]
    if not signing:
        raise UserError("signing.certificate_not_for_signing")
    check_usable(max(signing, key=lambda facts: facts.not_after), now)
    raise AssertionError("a usable certificate was overlooked")


def check_usable(facts: CertificateFacts, now: datetime) -> None:
    """Refuse a certificate with which one may not sign now.

    Raises:
        UserError: ``signing.certificate_expired``, ``signing.certificate_not_yet_valid``,
            ``signing.certificate_not_for_signing``.
    """
    from counter_app.core.clock import local_date

    match facts.state_at(now):
        case CertificateState.USABLE:
            return
        case CertificateState.EXPIRED:
            raise UserError("signing.certificate_expired", on=f"{local_date(facts.not_after):%d/%m/%Y}")
        case CertificateState.NOT_YET_VALID:
            raise UserError("signing.certificate_not_yet_valid", on=f"{local_date(facts.not_before):%d/%m/%Y}")
        case CertificateState.NOT_FOR_SIGNING:
            raise UserError("signing.certificate_not_for_signing")


def _digest_info(data: bytes) -> bytes:
    """Return the DigestInfo of RFC 8017, 9.2 for tokens that do not hash themselves."""
    from asn1crypto import algos, core

    algorithm = {"algorithm": "sha256", "parameters": core.Null()}
    return bytes(algos.DigestInfo({"digest_algorithm": algorithm, "digest": hashlib.sha256(data).digest()}).dump())
