"""The check that a paper carries beside its code: whoever has both holds the paper, or was shown it.

It is made of the dossier's own identifier, which is random, stands on no paper and never changes; so every desk and the
province find the same check without asking each other, and nobody finds it from a code or from facts about a person.
"""

import base64
import hashlib
import hmac

_CONTEXT = b"counter-app lookup check 1\x00"
_BYTES = 5
_GROUP = 4
# Crockford's letters: none of them is taken for a digit, and what is typed for one is read as it.
_STANDARD, _READABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHOWN = str.maketrans(_STANDARD, _READABLE)
_MEANT = str.maketrans("OIL", "011")


def check_of(code: str, dossier_id: str) -> str:
    """Return the check of a dossier as printed: eight letters and digits (40 bits), ``K7QP-3WXD``."""
    digest = hashlib.sha256(_CONTEXT + f"{code.upper()}\x00{dossier_id}".encode()).digest()
    text = base64.b32encode(digest[:_BYTES]).decode().translate(_SHOWN)
    return f"{text[:_GROUP]}-{text[_GROUP:]}"


def is_check(typed: str, code: str, dossier_id: str) -> bool:
    """Whether a typed check is the dossier's: small letters, blanks, dashes and O for 0 do no harm.

    Takes as long for a wrong one as for the right one.
    """
    kept = "".join(char for char in typed.upper() if char.isalnum()).translate(_MEANT)
    return hmac.compare_digest(kept.encode(), check_of(code, dossier_id).replace("-", "").encode())
