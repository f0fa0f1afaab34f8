"""A unit's logo as a picture that an archive takes: no transparency, no more pixels than paper shows."""

from functools import lru_cache
from io import BytesIO

from counter_app.core.errors import UserError
from printing.renderers.marks import Picture

_MOST_PIXELS = 40_000_000
_MOST_SIDE = 480
"""Enough for 20 mm at 600 dots to the inch."""


def _unreadable() -> UserError:
    return UserError("print.logo_unreadable")


@lru_cache(maxsize=8)
def get_picture(content: bytes) -> Picture:
    """Return the picture of a PNG or JPEG, flattened on white and made smaller where it is larger than paper shows.

    Raises:
        UserError: ``print.logo_unreadable``: neither PNG nor JPEG, broken, or of more than 40 million pixels.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise _unreadable()  # noqa: TRY301 -- only an opened picture tells its size
            opened.draft("RGB", (_MOST_SIDE, _MOST_SIDE))
            layer = ImageOps.exif_transpose(opened).convert("RGBA")
    except UserError:
        raise
    except Exception as exc:  # the decoders raise whatever broken bytes lead them to
        raise _unreadable() from exc
    layer.thumbnail((_MOST_SIDE, _MOST_SIDE))
    flat = Image.new("RGB", layer.size, "white")
    flat.paste(layer, mask=layer.getchannel("A"))
    return Picture(flat.width, flat.height, flat.tobytes())
