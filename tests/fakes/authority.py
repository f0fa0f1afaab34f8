"""A certificate authority for tests: people, an intermediate, revocation lists; all invented."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
YEAR = timedelta(days=365)


def new_key(kind: str = "rsa") -> Key:
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def key_der(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def _name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """An authority that issues certificates and says which it called back."""

    def __init__(self, name: str, parent: "Authority | None" = None) -> None:
        key = new_key()
        start = datetime.now(UTC).replace(microsecond=0) - 5 * YEAR
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name, "Cơ quan thử nghiệm"))
            .issuer_name(parent.issued.certificate.subject if parent else _name(name, "Cơ quan thử nghiệm"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + 15 * YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(_usage(authority=True), critical=True)
        )
        signing_key = key
        if parent is not None:
            signing_key = parent.issued.key
            builder = builder.add_extension(_authority_key(parent), critical=False)
        self.issued: Issued = Issued(builder.sign(signing_key, hashes.SHA256()), key)
        self.revoked: dict[int, datetime] = {}

    def issue(
        self,
        name: str,
        *,
        kind: str = "rsa",
        start: datetime | None = None,
        end: datetime | None = None,
        signing: bool = True,
        crl_url: str = "",
        ocsp_url: str = "",
        purpose: x509.ObjectIdentifier | None = None,
    ) -> Issued:
        key = new_key(kind)
        now = datetime.now(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name, "UBND xã Thử Nghiệm"))
            .issuer_name(self.issued.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start or now - YEAR)
            .not_valid_after(end or now + YEAR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_authority_key(self), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(_usage(signing=signing, encipherment=purpose is None), critical=True)
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
        if crl_url:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if ocsp_url:
            access = x509.AccessDescription(
                AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
            )
            builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        return Issued(builder.sign(self.issued.key, hashes.SHA256()), key)

    def issue_time_stamper(self, name: str = "Dấu thời gian thử nghiệm", crl_url: str = "") -> Issued:
        return self.issue(name, purpose=ExtendedKeyUsageOID.TIME_STAMPING, crl_url=crl_url)

    def revoke(self, issued: Issued, at: datetime | None = None) -> None:
        self.revoked[issued.certificate.serial_number] = at or datetime.now(UTC)

    def revocation_list(self, *, made: datetime | None = None, days: int = 7) -> bytes:
        """Return the list of certificates called back, in DER."""
        made = made or datetime.now(UTC) - timedelta(minutes=1)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issued.certificate.subject)
            .last_update(made)
            .next_update(made + timedelta(days=days))
            .add_extension(_authority_key(self), critical=False)
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for serial, at in self.revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            )
        return builder.sign(self.issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def status_response(self, request: bytes) -> bytes:
        """Answer an OCSP request about a certificate of this authority, in DER."""
        asked = ocsp.load_der_ocsp_request(request)
        revoked = self.revoked.get(asked.serial_number)
        made = datetime.now(UTC) - timedelta(minutes=1)
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
                this_update=made,
                next_update=made + timedelta(days=1),
                revocation_time=revoked,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, self.issued.certificate)
            .certificates([self.issued.certificate])
        )
        for extension in asked.extensions:
            builder = builder.add_extension(extension.value, critical=extension.critical)
        return builder.sign(self.issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _authority_key(authority: Authority) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.issued.certificate.public_key())  # type: ignore[arg-type]


def _usage(*, authority: bool = False, signing: bool = False, encipherment: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signing,
        content_commitment=signing,
        key_encipherment=encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


@cache
def the_authority() -> Authority:
    """Return the authority most tests share; making one takes some tenths of a second."""
    return Authority("CA gốc thử nghiệm")
