"""Keys of desks that are somewhere else."""

from counter_app.journal.chain import Signer
from counter_app.services.slip_checks import key_text


def a_foreign_key(unit_code: str = "H98.7", *, desk_name: str = "Quầy 9") -> tuple[Signer, str]:
    """Return another desk's signer and the text with which its administrator hands the key over."""
    signer, _secret = Signer.generate()
    text = key_text(
        unit_code=unit_code, unit_name="Xã Xa", desk_name=desk_name, public_key=signer.public_key, sign=signer.sign
    )
    return signer, text
