"""The province's own certificate authority and its signing key, both made once and kept in its folder.

The authority signs one certificate for the service, one for each desk and one for each hall, and none can stand for
another: the extended key usage says which they are (RFC 5280, 4.2.1.12), and a hall's is made out to its own name. The
signing key is for rosters, enrolments and receipts; another one opens bundles.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pyrage
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from counter_app.core.errors import UserError
from counter_app.core.replacing import replace_file
from counter_app.journal.chain import Signer
from counter_app.sync.enrolling import VOUCHING
from counter_app.sync.https_line import SERVICE_NAME, hall_name

#: The file of the key that opens bundles: newer than the others, so a province may have to make it later.
BUNDLE_KEY = "bundles.key"
#: A folder with it is a province.
SIGNING_KEY = "province.key"
_YEAR = timedelta(days=365)
_BACK = timedelta(days=2)  # a desk's clock may be wrong by days


@dataclass(frozen=True, slots=True)
class Authority:
    """Certificates and signatures of one province. Its folder is the province's whole secret."""

    folder: Path
    certificate: x509.Certificate
    _key: ec.EllipticCurvePrivateKey
    signer: Signer
    identity: str
    """The secret age identity that bundles for the province are opened with."""

    @property
    def pem(self) -> bytes:
        """The certificate that desks trust."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def recipient(self) -> str:
        """The public age key that bundles for the province are sealed to; it stands on every list of desks."""
        return str(pyrage.x25519.Identity.from_str(self.identity).to_public())

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of that certificate; the start of it is part of every enrolment code."""
        return self.certificate.fingerprint(hashes.SHA256())

    def vouch(self, enrolment: bytes) -> bytes:
        """Return the authority's signature over an enrolment that is carried as a file."""
        return self._key.sign(VOUCHING + enrolment, ec.ECDSA(hashes.SHA256()))

    def certify_desk(self, request: bytes, desk_id: str) -> bytes:
        """Return a certificate for the key of a request (PKCS #10, PEM), under the desk's id whatever it asks for.

        Raises:
            UserError: ``province.bad_request``.
        """
        made = _certificate(desk_id, _key_of(request), (ExtendedKeyUsageOID.CLIENT_AUTH,), issuer=self)
        return made.public_bytes(serialization.Encoding.PEM)

    def certify_hall(self, request: bytes, hall_id: str) -> bytes:
        """Return a certificate by which a hall is known to the province, and to its desks under its own name.

        Raises:
            UserError: ``province.bad_request``.
        """
        usages = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)
        made = _certificate(hall_id, _key_of(request), usages, issuer=self, server_name=hall_name(hall_id))
        return made.public_bytes(serialization.Encoding.PEM)

    def server_context(self) -> ssl.SSLContext:
        """Return what the service speaks TLS with; a desk shows its certificate, a new one has none yet."""
        context = self._context(SERVICE_NAME, "server.pem")
        context.load_verify_locations(cadata=self.pem.decode())
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def web_context(self, name: str) -> ssl.SSLContext:
        """Return what the web pages speak TLS with under a name or an address; only browsers told so trust it."""
        return self._context(name, "web.pem")

    def _context(self, name: str, file: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate(name, key.public_key(), (ExtendedKeyUsageOID.SERVER_AUTH,), issuer=self)
        held = self.folder / file
        replace_file(held, _private_pem(key) + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(held)
        return context


def open_authority(folder: Path) -> Authority:
    """Return the authority of a folder; a folder without one gets one."""
    held, secret = folder / "authority.pem", folder / SIGNING_KEY
    if not secret.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        made = _certificate("Counter province", key.public_key(), (), issuer=key)
        replace_file(held, _private_pem(key) + made.public_bytes(serialization.Encoding.PEM))
        replace_file(secret, Signer.generate()[1])  # last: with it the authority is whole
    data = held.read_bytes()
    key_read = serialization.load_pem_private_key(data, None)
    if not isinstance(key_read, ec.EllipticCurvePrivateKey):
        raise TypeError("authority.pem")
    opening = folder / BUNDLE_KEY
    if not opening.exists():
        replace_file(opening, str(pyrage.x25519.Identity.generate()).encode())
    certificate, signer = x509.load_pem_x509_certificate(data), Signer(secret.read_bytes())
    return Authority(folder, certificate, key_read, signer, opening.read_text("ascii"))


def _key_of(request: bytes) -> ec.EllipticCurvePublicKey:
    try:
        asked = x509.load_pem_x509_csr(request)
    except ValueError as exc:
        raise UserError("province.bad_request") from exc
    key = asked.public_key()
    if not asked.is_signature_valid or not isinstance(key, ec.EllipticCurvePublicKey):
        raise UserError("province.bad_request")
    return key


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate(
    name: str,
    key: ec.EllipticCurvePublicKey,
    usages: tuple[x509.ObjectIdentifier, ...],
    *,
    issuer: "Authority | ec.EllipticCurvePrivateKey",
    server_name: str = "",
) -> x509.Certificate:
    """Return a certificate; without usages it is an authority's own."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    is_authority = not usages
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if isinstance(issuer, Authority) else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACK)
        .not_valid_after(now + (30 * _YEAR if is_authority else 10 * _YEAR))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False).add_extension(
            x509.SubjectAlternativeName([_general_name(server_name or name)]), critical=False
        )
    signing = issuer._key if isinstance(issuer, Authority) else issuer  # noqa: SLF001 - this module's own class
    return builder.sign(signing, hashes.SHA256())
