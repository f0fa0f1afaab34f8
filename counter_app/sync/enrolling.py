"""What a new desk and the province say to each other on the line, beside the signed documents of the roster."""

import base64
import hmac
from datetime import datetime
from typing import Annotated

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.unit import Unit

_SECRET_BYTES = 10


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that the desk shows from now on (PEM), and the roster it is on."""

    certificate: bytes
    roster: bytes


class EnrolmentFile(msgspec.Struct, frozen=True, kw_only=True):
    """An enrolment to be carried: signed by the province, and by the authority to which its code leads (`proof`)."""

    enrolment: bytes
    proof: bytes
    authority: bytes
    roster: bytes


class DeskReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk says of itself at each exchange, for the IT officers: no personal data."""

    unsent: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    oldest_unsent_ms: Annotated[int, msgspec.Meta(ge=0, le=2**42)] | None = None
    version: str = ""
    numbers_left: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    """Daily numbers that the desk can still give today. This and what follows is None from an older desk."""
    disk_free_bytes: Annotated[int, msgspec.Meta(ge=0, le=2**62)] | None = None
    held: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    """Entries that wait for a clerk's decision."""
    papers_waiting: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    """Of a hall: papers that it keeps and does not know to be at the province; `papers_bytes`: what all papers take."""
    papers_bytes: Annotated[int, msgspec.Meta(ge=0, le=2**62)] | None = None


class ShownRoster(msgspec.Struct, frozen=True, kw_only=True):
    """The list of desks that the province signed, shown to one that may have been put back from a backup.

    `unit` is what the asker knows of its unit; the province looks at it only where it has forgotten the unit too.
    """

    roster: bytes
    unit: Unit | None = None


class EpochRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A desk that found its journal forked asks for an epoch of its own.

    `claim` is new for each fork and makes asking again harmless; `above` is the highest epoch that the desk knows.
    `seen` is the latest epoch that the province was heard to have, where entries move to the new one: of two machines
    that would move the same ones, the second is to see them moved. None where none move, or where a stick carries it.
    """

    claim: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    above: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    seen: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None


class EpochGrant(msgspec.Struct, frozen=True, kw_only=True):
    """The epoch that a claim has, and nobody else."""

    claim: bytes
    epoch: int


def make_line_key() -> tuple[bytes, bytes]:
    """Return a new key for the line and the request for its certificate, both PEM.

    It is another key than the journal's: whoever speaks TLS with a desk must get no signature that vouches for entries.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = serialization.Encoding.PEM
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, request.public_bytes(pem)


def check_authority(code: str, pem: bytes) -> None:
    """Whether a certificate is that of the province which gave the code; the code ends with the start of its hash.

    Raises:
        EnvironmentFailure: ``sync.line_untrusted``.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    try:
        expected = base64.b32decode("".join(code.upper().replace("-", "").split()))[_SECRET_BYTES:]
        found = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
    except ValueError as exc:
        raise EnvironmentFailure("sync.line_untrusted") from exc
    if len(expected) < _SECRET_BYTES or not hmac.compare_digest(expected, found[: len(expected)]):
        raise EnvironmentFailure("sync.line_untrusted")


VOUCHING = b"counter-app enrolment file 1\x00"
"""Stands before an enrolment where the authority signs it, so that this signature is worth nothing elsewhere."""


def check_vouched(file: EnrolmentFile) -> None:
    """Whether the authority in a file signed the enrolment in it.

    Raises:
        UserError: ``sync.bad_enrolment``.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = x509.load_pem_x509_certificate(file.authority).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise UserError("sync.bad_enrolment")
        key.verify(file.proof, VOUCHING + file.enrolment, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature) as exc:
        raise UserError("sync.bad_enrolment") from exc


def ends_at(certificate: bytes) -> datetime:
    """Return until when a certificate (PEM) is good; the ValueError of a damaged one goes through."""
    from cryptography import x509

    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def check_certificate(certificate: bytes, key: bytes, authority: bytes) -> None:
    """Whether a certificate (PEM) is of this key and issued by this authority.

    Raises:
        UserError: ``sync.bad_admission``.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization

    try:
        made = x509.load_pem_x509_certificate(certificate)
        made.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
        own = serialization.load_pem_private_key(key, None).public_key()
    except (ValueError, TypeError, InvalidSignature) as exc:
        raise UserError("sync.bad_admission") from exc
    if made.public_key() != own:
        raise UserError("sync.bad_admission")
