"""What a receipt printer can do, as data: one file per model in `resources/printer_profiles`."""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.forms.kinds import Sheet


class TextMode(StrEnum):
    """How letters reach the paper: drawn as dots, or as bytes of a code page the printer has a font for."""

    RASTER = "raster"
    CP1258 = "cp1258"
    TCVN3 = "tcvn3"


class Marks(StrEnum):
    """Who draws a code to be scanned when letters are sent as bytes: the printer, or we."""

    NATIVE = "native"
    RASTER = "raster"


class Cutter(StrEnum):
    """What parts the paper."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class StatusSupport(StrEnum):
    """Whether the printer answers DLE EOT. With MAYBE a silent printer is taken to work."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Completion(StrEnum):
    """How the printer says that all before has been printed: GS ( H function 48, GS r 1, or not at all."""

    PROCESS_ID = "process-id"
    STATUS = "status"
    NONE = "none"


class DrawerPulse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pulse of ESC p: on which pin of the socket, how long on and how long off."""

    pin: int
    on_ms: int
    off_ms: int

    def __post_init__(self) -> None:
        """Refuse what ESC p cannot say (2 ms steps, one byte each)."""
        if self.pin not in (2, 5) or not (2 <= self.on_ms <= 510 and 2 <= self.off_ms <= 510):
            raise ValueError("a drawer pulse is on pin 2 or 5, 2 to 510 ms on and off")


_PAGES_OF = {TextMode.RASTER: 0, TextMode.CP1258: 1, TextMode.TCVN3: 2}


class ReceiptProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model. `init` is sent after ESC @, in hexadecimal; `verified` says whether it was tried on the machine.

    `code_pages` are the numbers for ESC t: one for CP1258, two for TCVN-3 (small letters, capitals). `density` is the
    grey (1 to 255) below which a dot is burnt: higher is darker. `feed_units_per_dot` is how far one unit of ESC J
    goes, 0 where it is not known: white is then sent as dots. `feed_lines` brings the last line past the knife.
    """

    title: str
    source: str
    verified: bool
    sheet: Sheet
    width_dots: int
    dpi: int
    columns: int
    cutter: Cutter
    feed_lines: int
    name: str = ""
    drawer: DrawerPulse | None = None
    text: TextMode = TextMode.RASTER
    code_pages: tuple[int, ...] = ()
    qr: Marks = Marks.RASTER
    barcode: Marks = Marks.RASTER
    status: StatusSupport = StatusSupport.MAYBE
    completion: Completion = Completion.NONE
    init: str = ""
    density: int = 160
    band_rows: int = 48
    feed_units_per_dot: int = 0

    def __post_init__(self) -> None:
        """Refuse a profile that could not be printed with."""
        if self.width_dots % 8 or not 0 < self.width_dots <= 2040:
            raise ValueError("width_dots is a multiple of 8 up to 2040")
        if not 1 <= self.band_rows <= 255:
            raise ValueError("band_rows is 1 to 255: some printers read one byte of it only")
        if not (1 <= self.density <= 255 and 0 <= self.feed_lines <= 255 and self.columns >= 16 and self.dpi > 0):
            raise ValueError("density, feed_lines, columns or dpi out of range")
        if len(self.code_pages) != _PAGES_OF[self.text]:
            raise ValueError(f"text = {self.text.value} takes {_PAGES_OF[self.text]} code pages")
        bytes.fromhex(self.init)

    @property
    def prints_text(self) -> bool:
        """Whether letters are sent as bytes."""
        return self.text is not TextMode.RASTER

    @property
    def width_mm(self) -> float:
        """How wide it prints."""
        return self.width_dots * 25.4 / self.dpi

    @property
    def init_bytes(self) -> bytes:
        """What is sent after ESC @."""
        return bytes.fromhex(self.init)


@cache
def _profiles() -> dict[str, ReceiptProfile]:
    found: dict[str, ReceiptProfile] = {}
    for file in (files("resources") / "printer_profiles").iterdir():
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            facts = tomllib.loads(file.read_text(encoding="utf-8"))
            found[name] = msgspec.convert({**facts, "name": name}, ReceiptProfile)
    return dict(sorted(found.items()))


def list_profiles() -> tuple[ReceiptProfile, ...]:
    """Return every profile, by name. Read once, safe from any thread."""
    return tuple(_profiles().values())


def get_profile(name: str) -> ReceiptProfile:
    """Return a profile by its name, such as ``generic-80``.

    Raises:
        UserError: ``printer_profile.unknown``; names it and the ones there are.
    """
    profile = _profiles().get(name)
    if profile is None:
        raise UserError("printer_profile.unknown", name=name, known=", ".join(_profiles()))
    return profile
