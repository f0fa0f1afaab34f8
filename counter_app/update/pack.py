"""An update pack: one file with a signed list of what it holds, and behind it the files, one after the other, zstd.

    QMCUPD1 newline | length of the list, 4 bytes | the list, JSON | Ed25519 signature, 64 bytes | the files

The list names every file with length and SHA-256, so nothing is read of the files before the signature over the list
is proved, and nothing in them can name a place of its own. A link may only lead to a file of the list.
"""

import hashlib
import os
import re
import shutil
import struct
from collections.abc import Iterator
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.update.version import numbers_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRODUCT = "counter-app"
_MAGIC, _WORDS = b"QMCUPD1\n", b"counter-app update 1\x00"
_LENGTH = struct.Struct(">I")
_SIGNATURE_BYTES = 64
_MOST_LIST_BYTES = 8 * 1024 * 1024
MOST_FILES, MOST_BYTES = 20_000, 2 * 1024**3
#: Of a whole pack: its list, and the files as they are packed.
MOST_PACK_BYTES = MOST_BYTES + _MOST_LIST_BYTES + 1024
_PIECE = 1024 * 1024
_LEVEL = 17
# Windows reserves these names in every folder, and drops dots and spaces at the end of a name.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_UNFIT = re.compile(r'[<>:"|?*\\\x00-\x1f]|[. ]$')


class PackFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file, by its place in the folder with slashes; `link` names the file that it stands for instead."""

    path: str
    size_bytes: int = 0
    sha256: str = ""
    is_program: bool = False
    link: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """For whom a version is. `program` is the file to start."""

    version: str
    minimum_version: str
    platform: str
    program: str
    share: int = 100
    """For how many desks in a hundred."""
    not_before: date | None = None
    """The first day on which a desk may put it in use."""


class PackList(Terms, frozen=True, kw_only=True, omit_defaults=True):
    """What the maker says of a pack and signs."""

    product: str
    payload_bytes: int
    payload_sha256: str
    files: tuple[PackFile, ...]

    @property
    def unpacked_bytes(self) -> int:
        """How much room the unpacked files take."""
        return sum(file.size_bytes for file in self.files)


def write_pack(folder: Path, out: Path, *, key: Path, terms: Terms) -> PackList:
    """Make the pack of a program's folder, signed with the key of a PEM file. For those who make versions.

    Raises:
        UserError: ``update.bad_version``, ``update.bad_key``, ``update.bad_folder``, ``update.unfit``,
            ``cli.file_exists``.
        EnvironmentFailure: ``disk.write_failed``.
    """
    if out.exists() or out.is_symlink():
        raise UserError("cli.file_exists", file=out.name)
    private, files = _read_private(key), tuple(_list_folder(folder))
    if not any(file.path == terms.program and file.is_program for file in files):
        raise UserError("update.bad_folder", folder=folder.name)
    payload = out.with_name(out.name + ".new")
    try:
        size, digest = _write_payload(folder, files, payload)
        listed = PackList(
            product=PRODUCT, files=files, payload_bytes=size, payload_sha256=digest, **msgspec.structs.asdict(terms)
        )
        _check_list(listed)
        data = msgspec.json.encode(listed)
        with out.open("xb") as target, payload.open("rb") as source:
            target.write(_MAGIC + _LENGTH.pack(len(data)) + data + private.sign(_WORDS + data))
            shutil.copyfileobj(source, target, _PIECE)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=out.name) from exc
    finally:
        payload.unlink(missing_ok=True)
    return listed


def _read_private(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    password = os.environ.get("COUNTER_APP_RELEASE_PASSPHRASE", "").encode() or None
    try:
        key = load_pem_private_key(path.read_bytes(), password)
    except (OSError, ValueError, TypeError) as exc:
        raise UserError("update.bad_key", file=path.name) from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise UserError("update.bad_key", file=path.name)
    return key


def _list_folder(folder: Path) -> Iterator[PackFile]:
    if not folder.is_dir():
        raise UserError("update.bad_folder", folder=folder.name)
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder).as_posix()
        if path.is_symlink():
            target = Path(os.path.normpath(path.parent / path.readlink()))
            if not (target.is_file() and target.is_relative_to(folder)) or target.is_symlink():
                raise UserError("update.bad_folder", folder=folder.name)
            yield PackFile(path=place, link=target.relative_to(folder).as_posix())
        elif path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            is_program = bool(path.stat().st_mode & 0o100) or path.suffix == ".exe"
            yield PackFile(path=place, size_bytes=path.stat().st_size, sha256=digest, is_program=is_program)


def _write_payload(folder: Path, files: tuple[PackFile, ...], out: Path) -> tuple[int, str]:
    import zstandard

    packer = zstandard.ZstdCompressor(level=_LEVEL, threads=-1)
    with out.open("wb") as target, packer.stream_writer(target, closefd=False) as packing:
        for file in files:
            if not file.link:
                packing.write((folder / file.path).read_bytes())
    with out.open("rb") as written:
        return out.stat().st_size, hashlib.file_digest(written, "sha256").hexdigest()


def read_list(stream: BinaryIO, keys: tuple[bytes, ...]) -> PackList:
    """Return the proved list of a pack, which stands at its files afterwards.

    Raises:
        UserError: ``update.damaged``, ``update.not_signed``; ``update.no_key`` when this machine knows no maker.
    """
    head = stream.read(len(_MAGIC) + _LENGTH.size)
    if len(head) != len(_MAGIC) + _LENGTH.size or not head.startswith(_MAGIC):
        raise UserError("update.damaged")
    (length,) = _LENGTH.unpack(head[len(_MAGIC) :])
    if length > _MOST_LIST_BYTES:
        raise UserError("update.damaged")
    data, signature = stream.read(length), stream.read(_SIGNATURE_BYTES)
    if len(data) != length or len(signature) != _SIGNATURE_BYTES:
        raise UserError("update.damaged")
    if not keys:
        raise UserError("update.no_key")
    if not any(_is_signed(key, signature, data) for key in keys):
        raise UserError("update.not_signed")
    try:
        listed = msgspec.json.decode(data, type=PackList)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError("update.damaged") from exc
    _check_list(listed)
    return listed


def _is_signed(key: bytes, signature: bytes, data: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _WORDS + data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check_list(listed: PackList) -> None:
    """A maker's mistake, or a maker's stolen key, must not write outside the version's own folder either."""
    numbers_of(listed.version), numbers_of(listed.minimum_version)
    plain = {file.path for file in listed.files if not file.link}
    sizes = [file.size_bytes for file in listed.files]
    places = [file.path.casefold() for file in listed.files]
    # A file where another one has a folder would be found out too late, on the disk.
    folders = {parent.as_posix() for place in places for parent in PurePosixPath(place).parents}
    is_fit = (
        listed.product == PRODUCT
        and len(listed.files) <= MOST_FILES
        and min(sizes, default=0) >= 0
        and sum(sizes) <= MOST_BYTES
        and 0 <= listed.payload_bytes <= MOST_BYTES
        and 1 <= listed.share <= 100
        and listed.program in plain
        and len(set(places)) == len(places)
        and not folders & set(places)
        and all(_is_plain_place(file.path) for file in listed.files)
        and all(not file.link or file.link in plain for file in listed.files)
    )
    if not is_fit:
        raise UserError("update.unfit")


def _is_plain_place(path: str) -> bool:
    parts = path.split("/")
    return len(path) <= 400 and all(
        part not in {"", ".", ".."} and not _UNFIT.search(part) and not _RESERVED.fullmatch(part) for part in parts
    )


def check_payload(stream: BinaryIO, listed: PackList) -> None:
    """Read the files as they are packed, to the end, without unpacking them.

    Raises:
        UserError: ``update.damaged``.
    """
    digest, left = hashlib.sha256(), listed.payload_bytes
    while piece := stream.read(min(_PIECE, left + 1)):
        left -= len(piece)
        digest.update(piece)
        if left < 0:
            break
    if left or digest.hexdigest() != listed.payload_sha256:
        raise UserError("update.damaged")


def unpack(stream: BinaryIO, listed: PackList, folder: Path) -> None:
    """Write the files of a pack into a new folder, each checked, nothing beyond what the list says.

    Raises:
        UserError: ``update.damaged``.
        EnvironmentFailure: ``disk.full``, ``disk.write_failed``.
    """
    import zstandard

    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(stream, closefd=False) as unpacking:
            for file in listed.files:
                if not file.link:
                    _write_file(unpacking, file, folder)
            if unpacking.read(1):
                raise UserError("update.damaged")
        for file in listed.files:
            if file.link:
                _write_link(file, folder)
    except zstandard.ZstdError as exc:
        raise UserError("update.damaged") from exc
    except OSError as exc:
        code = "disk.full" if exc.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
        raise EnvironmentFailure(code, retryable=True, file=folder.name) from exc


def _write_file(unpacking: BinaryIO, file: PackFile, folder: Path) -> None:
    path, digest, left = folder / file.path, hashlib.sha256(), file.size_bytes
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = 0o700 if file.is_program else 0o600
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    with os.fdopen(handle, "wb") as target:
        while left and (piece := unpacking.read(min(_PIECE, left))):
            left -= len(piece)
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    if left or digest.hexdigest() != file.sha256:
        raise UserError("update.damaged")


def _write_link(file: PackFile, folder: Path) -> None:
    path, target = folder / file.path, folder / file.link
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.symlink_to(os.path.relpath(target, path.parent))
