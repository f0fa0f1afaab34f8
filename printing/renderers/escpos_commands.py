"""ESC/POS commands as bytes, from python-escpos's constants (Epson ESC/POS command reference).

Of python-escpos only `escpos.constants` is imported: `escpos.printer` sets up logging for the whole process, writes a
pickle to a new temporary folder and chooses code pages by trial, a question mark where none fits.
"""

from itertools import chain

from escpos import constants

from printing.profiles import Cutter, ReceiptProfile

_CODE128 = constants.BARCODE_TYPE_B["CODE128"]
_LARGEST_STEP = 255


def initialise(profile: ReceiptProfile) -> bytes:
    """Return ESC @ and what the profile wants after it."""
    return bytes(constants.HW_INIT) + profile.init_bytes


def raster(rows: bytes, row_bytes: int) -> bytes:
    """Return GS v 0 for rows of dots, 1 is black, the leftmost dot the highest bit."""
    count = len(rows) // row_bytes
    return bytes(constants.S_RASTER_N) + row_bytes.to_bytes(2, "little") + count.to_bytes(2, "little") + rows


def feed_dots(count: int, profile: ReceiptProfile) -> bytes:
    """Return what moves the paper by so many rows of dots, exactly.

    Where ESC J's unit is not known, a white column of one byte's width goes that far and costs one byte a row.
    """
    if not profile.feed_units_per_dot:
        return b"".join(raster(bytes(step), 1) for step in _steps(count, profile.band_rows))
    units = count * profile.feed_units_per_dot
    return b"".join(bytes(constants.ESC) + b"J" + bytes([step]) for step in _steps(units, _LARGEST_STEP))


def _steps(total: int, largest: int) -> list[int]:
    whole, rest = divmod(total, largest)
    return [largest] * whole + ([rest] if rest else [])


def feed_lines(count: int) -> bytes:
    """Return ESC d: so many lines of the default height."""
    return bytes(constants.ESC) + b"d" + bytes([count]) if count else b""


def end_ticket(profile: ReceiptProfile) -> bytes:
    """Return what brings the last line past the knife, and the cut where there is a knife."""
    cuts = {Cutter.FULL: constants.PAPER_FULL_CUT, Cutter.PARTIAL: constants.PAPER_PART_CUT, Cutter.NONE: b""}
    return feed_lines(profile.feed_lines) + bytes(cuts[profile.cutter])


def kick_drawer(profile: ReceiptProfile) -> bytes:
    """Return ESC p, nothing for a printer without a drawer's socket."""
    drawer = profile.drawer
    if drawer is None:
        return b""
    which = 0 if drawer.pin == 2 else 1
    return bytes(constants.ESC) + b"p" + bytes([which, drawer.on_ms // 2, drawer.off_ms // 2])


def style(*, centred: bool, strong: bool, tall: bool) -> bytes:
    """Return how the following line looks. Only valid at the beginning of a line."""
    look = constants.TXT_STYLE
    align = look["align"]["center" if centred else "left"]
    return bytes(align) + bytes(look["bold"][strong]) + bytes(constants.TXT_SIZE) + bytes([1 if tall else 0])


def code_page(number: int) -> bytes:
    """Return ESC t."""
    return bytes(constants.CODEPAGE_CHANGE) + bytes([number])


def _symbol(function: int, data: bytes) -> bytes:
    size = (len(data) + 2).to_bytes(2, "little")
    return bytes(constants.GS) + b"(k" + size + b"1" + bytes([function]) + data


def qr(payload: bytes, *, module_dots: int) -> bytes:
    """Return GS ( k: model 2, error correction M, stored and printed."""
    return b"".join(
        chain(
            [_symbol(65, bytes([48 + constants.QR_MODEL_2, 0]))],
            [_symbol(67, bytes([module_dots]))],
            [_symbol(69, bytes([48 + constants.QR_ECLEVEL_M]))],
            [_symbol(80, b"0" + payload), _symbol(81, b"0")],
        )
    )


def code128(text: str, *, module_dots: int, height_dots: int) -> bytes:
    """Return GS k: the ASCII text in code set B, without letters below it."""
    data = b"{B" + text.encode("ascii").replace(b"{", b"{{")
    return (
        bytes(constants.BARCODE_HEIGHT)
        + bytes([height_dots])
        + bytes(constants.BARCODE_WIDTH)
        + bytes([module_dots])
        + bytes(constants.BARCODE_TXT_OFF)
        + bytes(_CODE128)
        + bytes([len(data)])
        + data
    )
