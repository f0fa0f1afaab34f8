"""What a certificate says, and whether one may sign with it now."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from counter_app.core.text import nfc

_LONGEST_NAME = 200
SIGNING_USAGES = frozenset({"digital_signature", "non_repudiation"})


class CertificateState(StrEnum):
    """Whether one may sign with a certificate at an instant; revocation is not looked at."""

    USABLE = "usable"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NOT_FOR_SIGNING = "not_for_signing"


class CertificateFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as people need it. `serial` and `fingerprint` (SHA-256) are lower-case hexadecimal.

    `key_usage` holds the names of RFC 5280, empty when the certificate does not restrict its key.
    """

    subject: str
    organisation: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key_usage: tuple[str, ...]
    is_authority: bool
    fingerprint: str

    def state_at(self, instant: datetime) -> CertificateState:
        """Return whether one may sign with it then."""
        usages = frozenset(self.key_usage)
        if self.is_authority or (usages and not usages & SIGNING_USAGES):
            return CertificateState.NOT_FOR_SIGNING
        if instant < self.not_before:
            return CertificateState.NOT_YET_VALID
        return CertificateState.EXPIRED if instant > self.not_after else CertificateState.USABLE


def load_certificate(der: bytes) -> Any:
    """Return a DER certificate as the object pyHanko works with (asn1crypto).

    Raises:
        ValueError: these bytes are no certificate.
    """
    from asn1crypto import x509

    try:
        found = x509.Certificate.load(der, strict=True)
        _ = (found.subject.native, found.issuer.native, found.serial_number, found.not_valid_after, found.ca)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as exc:
        raise ValueError("no certificate") from exc
    return found


def read_facts(certificate: Any) -> CertificateFacts:
    """Return the facts of an asn1crypto certificate.

    Raises:
        ValueError: a field is not what X.509 says.
    """
    try:
        usage = certificate.key_usage_value
        return CertificateFacts(
            subject=_name(certificate.subject, "common_name") or _whole(certificate.subject),
            organisation=_name(certificate.subject, "organization_name"),
            issuer=_name(certificate.issuer, "common_name") or _whole(certificate.issuer),
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before.astimezone(UTC),
            not_after=certificate.not_valid_after.astimezone(UTC),
            key_usage=tuple(sorted(usage.native)) if usage is not None else (),
            is_authority=bool(certificate.ca),
            fingerprint=bytes(certificate.sha256).hex(),
        )
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as exc:
        raise ValueError("no readable certificate") from exc


def _name(name: Any, part: str) -> str:
    """Return one part of a distinguished name; of several the first."""
    found = name.native.get(part, "")
    if isinstance(found, list):
        found = found[0] if found else ""
    return _printable(str(found))


def _whole(name: Any) -> str:
    return _printable(str(name.human_friendly))


def _printable(text: str) -> str:
    return nfc(text)[:_LONGEST_NAME]


def build_chain(certificate: Any, candidates: list[Any]) -> list[Any]:
    """Return the issuers of a certificate found among the candidates, nearest first, a root at most as the last."""
    chain: list[Any] = []
    current = certificate
    while current.self_issued is False:
        issuer = next((one for one in candidates if _is_issuer(one, current) and one not in chain), None)
        if issuer is None:
            break
        chain.append(issuer)
        current = issuer
    return chain


def _is_issuer(candidate: Any, certificate: Any) -> bool:
    if candidate.subject.dump() != certificate.issuer.dump():
        return False
    wanted, own = certificate.authority_key_identifier, candidate.key_identifier
    return wanted is None or own is None or wanted == own
