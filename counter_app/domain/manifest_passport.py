"""What travels with a bag, so that neither end needs a line: the passport there, the acknowledgement back.

Both are MessagePack arrays signed by their desk (Ed25519, RFC 8032) and carried by the QR codes of
`counter_app.domain.qr_parts`. Dossier codes are kept in their order, grouped by unit and day, each number as its
distance from the one before: a usual list of 200 takes one or two QR codes.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypeVar

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.dossier_code import parse_dossier_code
from counter_app.domain.manifest import (
    MOST_ITEMS,
    Difference,
    ItemState,
    Manifest,
    ManifestKind,
    parse_manifest_code,
)
from counter_app.domain.qr_parts import join_parts, split_parts

_PASSPORT, _ACKNOWLEDGEMENT = "QMCM1", "QMCA1"
_CONTEXTS = {_PASSPORT: b"counter-app manifest 1\x00", _ACKNOWLEDGEMENT: b"counter-app manifest received 1\x00"}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DIGEST_BYTES = 16

_Groups = tuple[tuple[str, tuple[int, ...]], ...]
Signing = Callable[[bytes], bytes]


class Passport(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the giving desk vouches for. `closed_at` counts minutes since 2000, UTC."""

    code: str
    kind: ManifestKind
    giver: str
    receiver: str
    bag: str
    seal: str
    closed_at: int
    closed_by: str
    groups: _Groups
    key_id: bytes
    signature: bytes = b""

    @property
    def unit_code(self) -> str:
        """The unit of the giving desk, as the manifest's code says."""
        return parse_manifest_code(self.code).unit_code

    @property
    def manifest(self) -> Manifest:
        """The manifest as the receiving desk knows it; names are cleaned as typed ones are."""
        return Manifest(
            code=self.code,
            kind=self.kind,
            giver=nfc(self.giver),
            receiver=nfc(self.receiver),
            bag=nfc(self.bag),
            seal=nfc(self.seal),
            closed_at=_EPOCH + timedelta(minutes=self.closed_at),
            closed_by=nfc(self.closed_by),
            codes=_ungrouped(self.groups),
        )


class Acknowledgement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What the receiving desk vouches for: this list was scanned in, but for these settled differences."""

    code: str
    digest: bytes
    received_by: str
    differences: tuple[tuple[str, ItemState, str], ...]
    key_id: bytes
    signature: bytes = b""

    @property
    def settled(self) -> tuple[Difference, ...]:
        """The differences, their words cleaned as typed ones are."""
        return tuple(Difference(code=code, state=state, reason=nfc(reason)) for code, state, reason in self.differences)


_Signed = TypeVar("_Signed", Passport, Acknowledgement)


def passport_of(manifest: Manifest, *, key_id: bytes, sign: Signing) -> Passport:
    """Return the signed passport of a closed manifest; equal manifests give equal passports."""
    if manifest.closed_at is None:
        raise ValueError("only a closed manifest has a passport")
    unsigned = Passport(
        code=manifest.code,
        kind=manifest.kind,
        giver=manifest.giver,
        receiver=manifest.receiver,
        bag=manifest.bag,
        seal=manifest.seal,
        closed_at=(manifest.closed_at - _EPOCH) // timedelta(minutes=1),
        closed_by=manifest.closed_by,
        groups=_grouped(manifest.codes),
        key_id=key_id,
    )
    return msgspec.structs.replace(unsigned, signature=sign(signed_bytes(unsigned)))


def acknowledgement_of(
    manifest: Manifest, differences: Iterable[Difference], *, received_by: str, key_id: bytes, sign: Signing
) -> Acknowledgement:
    """Return the signed acknowledgement of a manifest that was received."""
    unsigned = Acknowledgement(
        code=manifest.code,
        digest=list_digest(manifest),
        received_by=received_by,
        differences=tuple((one.code, one.state, one.reason) for one in differences),
        key_id=key_id,
    )
    return msgspec.structs.replace(unsigned, signature=sign(signed_bytes(unsigned)))


def list_digest(manifest: Manifest) -> bytes:
    """Return what tells this list from any other under the same code."""
    said = (manifest.code, manifest.kind.value, manifest.codes)
    return hashlib.sha256(msgspec.json.encode(said)).digest()[:_DIGEST_BYTES]


def signed_bytes(document: Passport | Acknowledgement) -> bytes:
    """Return what the desk signs: everything but the signature."""
    mark = _PASSPORT if isinstance(document, Passport) else _ACKNOWLEDGEMENT
    return _CONTEXTS[mark] + msgspec.msgpack.encode(msgspec.structs.replace(document, signature=b""))


def format_passport(passport: Passport) -> tuple[str, ...]:
    """Return the texts of the QR codes in order.

    Raises:
        UserError: ``manifest.passport_too_long``.
    """
    return split_parts(_PASSPORT, msgspec.msgpack.encode(passport))


def format_acknowledgement(acknowledgement: Acknowledgement) -> tuple[str, ...]:
    """Return the texts of the QR codes in order.

    Raises:
        UserError: ``manifest.passport_too_long``.
    """
    return split_parts(_ACKNOWLEDGEMENT, msgspec.msgpack.encode(acknowledgement))


def looks_like_bag_paper(text: str) -> bool:
    """Whether a scanned text is a part of a manifest's passport or acknowledgement."""
    return text.strip().upper().startswith((f"{_PASSPORT}:", f"{_ACKNOWLEDGEMENT}:"))


def is_acknowledgement(mark: str) -> bool:
    """Whether parts with this mark are an acknowledgement, and not a passport."""
    return mark == _ACKNOWLEDGEMENT


def parse_passport(texts: Iterable[str]) -> Passport:
    """Return the passport of its parts; the signature is not looked at here.

    Raises:
        UserError: as `counter_app.domain.qr_parts.join_parts`.
    """
    passport = _decode(join_parts(_PASSPORT, texts), Passport)
    try:
        is_code = parse_manifest_code(passport.code).format() == passport.code
        codes = passport.manifest.codes
    except (ValueError, OverflowError, UserError) as exc:
        raise UserError("manifest.passport_damaged") from exc
    if not is_code or not 0 < len(codes) == len(set(codes)) <= MOST_ITEMS:
        raise UserError("manifest.passport_damaged")
    return passport


def parse_acknowledgement(texts: Iterable[str]) -> Acknowledgement:
    """Return the acknowledgement of its parts; the signature is not looked at here.

    Raises:
        UserError: as `counter_app.domain.qr_parts.join_parts`.
    """
    found = _decode(join_parts(_ACKNOWLEDGEMENT, texts), Acknowledgement)
    different = (ItemState.MISSING, ItemState.EXTRA)
    if not all(one.state in different and one.reason for one in found.settled):
        raise UserError("manifest.passport_damaged")
    return found


def _decode(data: bytes, kind: type[_Signed]) -> _Signed:
    try:
        document = msgspec.msgpack.decode(data, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise UserError("manifest.passport_damaged") from exc
    if msgspec.msgpack.encode(document) != data:
        raise UserError("manifest.passport_damaged")
    return document


def _grouped(codes: tuple[str, ...]) -> _Groups:
    split = [code.rpartition("-") for code in codes]
    return tuple(
        (prefix, _distances([int(number) for _prefix, _dash, number in group]))
        for prefix, group in groupby(split, key=lambda parts: parts[0])
    )


def _distances(numbers: list[int]) -> tuple[int, ...]:
    return tuple(after - before for before, after in zip([0, *numbers], numbers, strict=False))


def _ungrouped(groups: _Groups) -> tuple[str, ...]:
    """Return the codes again.

    Raises:
        UserError: ``code.bad_dossier_code``.
    """
    codes = []
    for prefix, distances in groups:
        number = 0
        for distance in distances:
            number += distance
            codes.append(parse_dossier_code(f"{prefix}-{number:04d}").format())
    return tuple(codes)
