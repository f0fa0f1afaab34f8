"""The hash chain and the signed head, which make any later change of history visible."""

import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from counter_app.journal.entries import Entry

#: id, desk, epoch, seq, at, clerk, kind, version, subject
Header = tuple[str, str, int, int, int, str, str, int, str]

#: The longest clerk, kind and subject of an entry in UTF-8: a province has an index of subjects, which takes no more.
MOST_HEADER_TEXT_BYTES = 1_000

#: The largest body of an entry: packed it is still a batch that every node takes, even where it does not get smaller.
MOST_BODY_BYTES = 1024 * 1024

#: The `prev_hash` of the first entry of an epoch.
GENESIS = bytes(32)


def header_of(entry: Entry) -> Header:
    """Return the part of an entry that is hashed beside its body."""
    return (
        entry.id,
        entry.desk,
        entry.epoch,
        entry.seq,
        entry.at,
        entry.clerk,
        entry.kind,
        entry.version,
        entry.subject,
    )


def entry_hash(*, prev_hash: bytes, header: Header, body: bytes) -> bytes:
    """Return SHA-256 over the previous hash, the header as JSON, and the body.

    The header's length is hashed too, so that no byte can move between the parts.
    """
    head = msgspec.json.encode(header)
    return hashlib.sha256(prev_hash + len(head).to_bytes(4, "big") + head + body).digest()


def head_bytes(*, desk: str, epoch: int, seq: int, entry_digest: bytes) -> bytes:
    """Return what a desk signs to vouch for its chain up to `seq`."""
    return b"counter-app head 1\x00" + msgspec.json.encode((desk, epoch, seq)) + entry_digest


class Signer:
    """The desk's Ed25519 key (RFC 8032)."""

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @classmethod
    def generate(cls) -> tuple["Signer", bytes]:
        """Return a new signer and its 32 secret bytes."""
        secret = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(secret), secret

    @property
    def public_key(self) -> bytes:
        """The 32 raw bytes others verify with."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._key.sign(message)


def is_header_text(text: str) -> bool:
    """Whether a clerk, kind or subject is short enough for every node, and one line, as `sync.codec` needs it."""
    return len(text.encode()) <= MOST_HEADER_TEXT_BYTES and not any(char < " " for char in text)


def is_signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is this key's over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
