"""Whose signatures count here: certificates and revocation lists in one folder, put there by the IT officer.

Self-signed certificates are roots (trusted), the others only help to find the way to one. Nothing is trusted because
the operating system trusts it: those lists are made for web sites.
"""

from pathlib import Path
from typing import Any

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.reading import read_at_most
from counter_app.signing.certificates import load_certificate

_CERTIFICATES = frozenset({".pem", ".crt", ".cer", ".der"})
_LISTS = frozenset({".crl"})
_MOST_FILES = 300
_MOST_BYTES = 30_000_000  # a public authority's revocation list can have tens of megabytes


class TrustStore(msgspec.Struct, frozen=True, kw_only=True):
    """Trusted roots, further authorities and revocation lists, each in DER; `unreadable` names files."""

    roots: tuple[bytes, ...] = ()
    authorities: tuple[bytes, ...] = ()
    revocation_lists: tuple[bytes, ...] = ()
    unreadable: tuple[str, ...] = ()

    def certificates(self) -> list[Any]:
        """Return all certificates as asn1crypto has them."""
        return [load_certificate(der) for der in (*self.roots, *self.authorities)]


def read_trust(folder: Path, *, with_lists: bool = True) -> TrustStore:
    """Return what the folder holds; a folder that does not exist trusts nobody. Subfolders are not read.

    Raises:
        EnvironmentFailure: ``signing.trust_unreadable``: the folder cannot be read.
    """
    roots: list[bytes] = []
    authorities: list[bytes] = []
    lists: list[bytes] = []
    unreadable: list[str] = []
    for file in _list_files(folder, _CERTIFICATES | _LISTS if with_lists else _CERTIFICATES):
        try:
            data = read_at_most(file, _MOST_BYTES) or b""
            if file.suffix.lower() in _LISTS:
                lists.append(_load_list(data))
                continue
            for der in _load_certificates(data):
                (roots if _is_root(der) else authorities).append(der)
        except (OSError, ValueError):
            unreadable.append(file.name)
    return TrustStore(
        roots=tuple(roots),
        authorities=tuple(authorities),
        revocation_lists=tuple(lists),
        unreadable=tuple(unreadable),
    )


def _list_files(folder: Path, kinds: frozenset[str]) -> list[Path]:
    try:
        if not folder.is_dir():
            return []
        files = [file for file in folder.iterdir() if file.suffix.lower() in kinds and file.is_file()]
    except OSError as exc:
        raise EnvironmentFailure("signing.trust_unreadable", folder=folder.name) from exc
    return sorted(files)[:_MOST_FILES]


def _load_certificates(data: bytes) -> list[bytes]:
    from asn1crypto import pem

    if not pem.detect(data):
        return [_checked(data)]
    return [_checked(der) for kind, _, der in pem.unarmor(data, multiple=True) if kind == "CERTIFICATE"]


def _checked(der: bytes) -> bytes:
    load_certificate(der)
    return der


def _is_root(der: bytes) -> bool:
    certificate = load_certificate(der)
    return bool(certificate.self_issued and certificate.ca)


def _load_list(data: bytes) -> bytes:
    from asn1crypto import crl, pem

    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    try:
        found = crl.CertificateList.load(data, strict=True)
        _ = found.issuer.native
    except (TypeError, KeyError, IndexError, AttributeError) as exc:
        raise ValueError("no revocation list") from exc
    return data
