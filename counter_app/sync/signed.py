"""Documents with somebody's Ed25519 signature (RFC 8032) over their exact bytes.

The words in front of what is signed are another one for each kind of document, so that none passes for another.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from counter_app.core.errors import UserError
from counter_app.journal.chain import is_signed

_MOST_BYTES = 16 * 1024 * 1024
_Document = TypeVar("_Document")


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    document: bytes
    signature: bytes


_encode = msgspec.json.Encoder(order="deterministic").encode


def sign_document(document: msgspec.Struct, words: bytes, sign: Callable[[bytes], bytes]) -> bytes:
    """Return a document as its file; `words` name its kind."""
    data = _encode(document)
    return _encode(_Signed(document=data, signature=sign(words + data)))


def read_signed(data: bytes, kind: type[_Document], words: bytes, public_key: bytes, code: str) -> _Document:
    """Return the document of a file that this key signed.

    Raises:
        UserError: `code`: damaged, of another kind, signed by somebody else, or with a number that no store can hold.
    """
    signed = _decode(data, _Signed, code)
    if not is_signed(public_key, signed.signature, words + signed.document):
        raise UserError(code)
    return _decode_document(signed.document, kind, code)


def read_unproved(data: bytes, kind: type[_Document], code: str) -> _Document:
    """Return what a file says without asking who signed it: to find the key that it names.

    Raises:
        UserError: `code`: damaged, or of another kind.
    """
    return _decode_document(_decode(data, _Signed, code).document, kind, code)


def _decode_document(data: bytes, kind: type[_Document], code: str) -> _Document:
    document = _decode(data, kind, code)
    if not _fits_store(_decode(data, object, code)):
        raise UserError(code)
    return document


def _fits_store(said: Any) -> bool:
    """Whether every whole number in decoded JSON is one that a store can hold."""
    left = [said]
    while left:
        match left.pop():
            case int() as number if not -(2**63) <= number < 2**63:
                return False
            case dict() as parts:
                left.extend(parts.values())
            case list() as parts:
                left.extend(parts)
            case _:
                pass
    return True


def _decode(data: bytes, kind: type[_Document], code: str) -> _Document:
    if len(data) > _MOST_BYTES:
        raise UserError(code)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError(code) from exc
