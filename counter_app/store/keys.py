"""The store's 32-byte key: in the operating system's credential store, or wrapped by a pass phrase.

`keys.json` never holds the key in the clear. It says where the key is and carries a check value, so that a wrong
key is told apart from a damaged store before the store is touched.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from enum import StrEnum
from pathlib import Path

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file

_SERVICE = "QuayMotCua"
_CHECK_WORDS = b"counter-app store key check"

# RFC 9106, section 4, second recommended option (low memory): 64 MiB, 3 passes, 4 lanes.
_ARGON2_MEMORY_KIB = 65_536
_ARGON2_PASSES = 3
_ARGON2_LANES = 4

# Bytes of salt, nonce, and the 32-byte key with its 16-byte tag (AES-GCM, NIST SP 800-38D).
_WRAPPED_LENGTHS = (16, 12, 48)


class KeyPlace(StrEnum):
    """Where the key is."""

    CREDENTIAL_STORE = "credential_store"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a place, not a secret


class KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of keys.json; bytes as base64."""

    store_id: str
    place: KeyPlace
    check: bytes
    salt: bytes = b""
    nonce: bytes = b""
    wrapped: bytes = b""


def create_key(folder: DataFolder, *, passphrase: str | None) -> bytes:
    """Make a new key and put it away; without a pass phrase it goes to the credential store.

    Raises:
        UserError: ``store.exists`` when this folder already has a key; ``store.weak_passphrase`` under 8 characters.
        EnvironmentFailure: ``store.no_credential_store`` when none answers and no pass phrase was given.
    """
    if folder.keys.exists() or folder.store.exists():
        raise UserError("store.exists")
    folder.create()
    key = secrets.token_bytes(32)
    store_id = new_id()
    if passphrase is None:
        _put_credential(store_id, key)
        document = KeyFile(store_id=store_id, place=KeyPlace.CREDENTIAL_STORE, check=_check(key))
    else:
        document = _wrap(store_id, key, passphrase)
    replace_file(folder.keys, msgspec.json.encode(document))
    return key


def read_key_file(path: Path) -> KeyFile:
    """Return keys.json.

    Raises:
        EnvironmentFailure: ``store.missing`` or ``store.key_file_damaged``.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise EnvironmentFailure("store.missing", file=path.name) from exc
    except (OSError, msgspec.MsgspecError) as exc:
        raise EnvironmentFailure("store.key_file_damaged", file=path.name) from exc


def load_key(folder: DataFolder, *, passphrase: str | None) -> bytes:
    """Return the store's key. Takes about 0.15 s with a pass phrase, by intention.

    Raises:
        UserError: ``store.passphrase_needed``, ``store.wrong_passphrase``.
        EnvironmentFailure: ``store.missing``, ``store.key_file_damaged``, ``store.no_credential_store``,
            ``store.wrong_key`` when the credential store holds another key than this store's.
    """
    document = read_key_file(folder.keys)
    if document.place is KeyPlace.PASSPHRASE:
        if passphrase is None:
            raise UserError("store.passphrase_needed")
        return _unwrap(document, passphrase)
    key = _get_credential(document.store_id)
    if not hmac.compare_digest(_check(key), document.check):
        raise EnvironmentFailure("store.wrong_key")
    return key


def wrap_key(store_id: str, key: bytes, passphrase: str) -> KeyFile:
    """Return a keys.json that opens the same store by a pass phrase, for a backup.

    Raises:
        UserError: ``store.weak_passphrase`` under 8 characters.
    """
    return _wrap(store_id, key, passphrase)


def holds_key(document: KeyFile, key: bytes) -> bool:
    """Whether a keys.json is of this key and can be opened by a pass phrase."""
    return document.place is KeyPlace.PASSPHRASE and hmac.compare_digest(_check(key), document.check)


def _check(key: bytes) -> bytes:
    return hmac.new(key, _CHECK_WORDS, hashlib.sha256).digest()


def derive_key(passphrase: str, salt: bytes) -> bytes:
    """Return the wrapping key; keyboards that compose Vietnamese letters differently give the same one."""
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass"),
        salt,
        time_cost=_ARGON2_PASSES,
        memory_cost=_ARGON2_MEMORY_KIB,
        parallelism=_ARGON2_LANES,
        hash_len=32,
        type=Type.ID,
    )


def _wrap(store_id: str, key: bytes, passphrase: str) -> KeyFile:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < 8:
        raise UserError("store.weak_passphrase")
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapped = AESGCM(derive_key(passphrase, salt)).encrypt(nonce, key, store_id.encode())
    return KeyFile(
        store_id=store_id,
        place=KeyPlace.PASSPHRASE,
        check=_check(key),
        salt=salt,
        nonce=nonce,
        wrapped=wrapped,
    )


def _unwrap(document: KeyFile, passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if (len(document.salt), len(document.nonce), len(document.wrapped)) != _WRAPPED_LENGTHS:
        raise EnvironmentFailure("store.key_file_damaged", file="keys.json")
    cipher = AESGCM(derive_key(passphrase, document.salt))
    try:
        return cipher.decrypt(document.nonce, document.wrapped, document.store_id.encode())
    except InvalidTag as exc:
        raise UserError("store.wrong_passphrase") from exc


def _put_credential(store_id: str, key: bytes) -> None:
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(_SERVICE, store_id, base64.b64encode(key).decode())
    except (KeyringError, RuntimeError) as exc:
        raise EnvironmentFailure("store.no_credential_store") from exc


def _get_credential(store_id: str) -> bytes:
    import keyring
    from keyring.errors import KeyringError

    try:
        stored = keyring.get_password(_SERVICE, store_id)
    except (KeyringError, RuntimeError) as exc:
        raise EnvironmentFailure("store.no_credential_store") from exc
    if stored is None:
        raise EnvironmentFailure("store.wrong_key")
    try:
        return base64.b64decode(stored, validate=True)
    except ValueError as exc:
        raise EnvironmentFailure("store.wrong_key") from exc
