"""Documents with somebody's Ed25519 signature (RFC 8032) over their exact bytes.

The words in front of what is signed are another one for each kind of document, so that none passes for another.
"""

from collections.abc import Callable
from typing import TypeVar

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
        UserError: `code`: damaged, of another kind, or signed by somebody else.
    """
    signed = _decode(data, _Signed, code)
    if not is_signed(public_key, signed.signature, words + signed.document):
        raise UserError(code)
    return _decode(signed.document, kind, code)


def read_unproved(data: bytes, kind: type[_Document], code: str) -> _Document:
    """Return what a file says without asking who signed it: to find the key that it names.

    Raises:
        UserError: `code`: damaged, or of another kind.
    """
    return _decode(_decode(data, _Signed, code).document, kind, code)


def _decode(data: bytes, kind: type[_Document], code: str) -> _Document:
    if len(data) > _MOST_BYTES:
        raise UserError(code)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError) as exc:
        raise UserError(code) from exc
