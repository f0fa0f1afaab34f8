"""Whose packs this machine takes: the maker's public keys, where only an administrator can put them."""

import re
from pathlib import Path

from counter_app.core.paths import release_key_file

_BLOCK = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


def list_release_keys(file: Path | None = None) -> tuple[bytes, ...]:
    """Return the raw Ed25519 keys of the file, or of the machine's; what cannot be read counts as absent."""
    try:
        data = (file or release_key_file()).read_bytes()
    except OSError:
        return ()
    return tuple(key for key in map(_raw_key, _BLOCK.findall(data[:65_536])) if key)


def _raw_key(block: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        return b""
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else b""
