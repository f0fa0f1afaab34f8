"""The design tokens. Every colour that text stands on is listed in `TEXT_PAIRS`, and a test measures their contrast."""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    """The colours of the window."""

    LIGHT = "light"
    DARK = "dark"


class Tone(StrEnum):
    """What a pill or a message means, apart from its words."""

    NEUTRAL = "neutral"
    INFO = "info"
    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Space:
    """Distances in logical pixels."""

    hair: int = 4
    small: int = 8
    medium: int = 12
    large: int = 16
    wide: int = 24


@dataclass(frozen=True, slots=True)
class TypeScale:
    """Heights of letters in logical pixels, and the fonts in order of preference."""

    small: int = 12
    base: int = 14
    strong: int = 15
    title: int = 19
    figure: int = 24
    families: tuple[str, ...] = ("Segoe UI", "Noto Sans", "DejaVu Sans")


SPACE = Space()
TYPE = TypeScale()


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """One theme. `on_x` is text upon x."""

    window: str
    surface: str
    sunken: str
    border: str
    border_strong: str
    text: str
    text_soft: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_text: str
    focus: str
    nav: str
    nav_text: str
    nav_hover: str
    nav_chosen: str
    nav_chosen_text: str
    selection: str
    selection_text: str
    disabled: str
    on_disabled: str
    neutral: str
    on_neutral: str
    info: str
    on_info: str
    good: str
    on_good: str
    caution: str
    on_caution: str
    bad: str
    on_bad: str
    bad_text: str
    caution_text: str


LIGHT = Colours(
    window="#f3f5f8",
    surface="#ffffff",
    sunken="#f0f3f7",
    border="#d5dce5",
    border_strong="#7d8b9d",
    text="#17212e",
    text_soft="#4c5a6c",
    accent="#14568f",
    accent_hover="#10497a",
    accent_pressed="#0c3960",
    on_accent="#ffffff",
    accent_text="#14568f",
    focus="#1a73c9",
    nav="#12314f",
    nav_text="#d6e2ee",
    nav_hover="#1c4267",
    nav_chosen="#2a5d8f",
    nav_chosen_text="#ffffff",
    selection="#d3e5f7",
    selection_text="#12263a",
    disabled="#e6eaef",
    on_disabled="#586474",
    neutral="#e6eaf0",
    on_neutral="#36424f",
    info="#dcebfa",
    on_info="#0f4676",
    good="#d9f0e0",
    on_good="#135c31",
    caution="#fcedc9",
    on_caution="#6b4700",
    bad="#fbe0de",
    on_bad="#8c1d18",
    bad_text="#b3261e",
    caution_text="#7a5200",
)

DARK = Colours(
    window="#141a21",
    surface="#1c242e",
    sunken="#171e26",
    border="#33404f",
    border_strong="#77879a",
    text="#e8edf3",
    text_soft="#aab7c5",
    accent="#7db8ee",
    accent_hover="#94c6f3",
    accent_pressed="#a9d2f6",
    on_accent="#0b2138",
    accent_text="#8cc2f2",
    focus="#8cc2f2",
    nav="#0e141a",
    nav_text="#c0ccd8",
    nav_hover="#1b2631",
    nav_chosen="#24405c",
    nav_chosen_text="#ffffff",
    selection="#2b4966",
    selection_text="#f2f7fc",
    disabled="#262f39",
    on_disabled="#95a2b0",
    neutral="#2d3844",
    on_neutral="#d3dce5",
    info="#1d3a57",
    on_info="#c7e0f8",
    good="#1c3f2b",
    on_good="#bfe9cd",
    caution="#463813",
    on_caution="#f6dfa4",
    bad="#4c2422",
    on_bad="#fbd0cc",
    bad_text="#ff9f97",
    caution_text="#f0cb76",
)

TEXT_PAIRS = (
    ("text", "window"),
    ("text", "surface"),
    ("text", "sunken"),
    ("text_soft", "window"),
    ("text_soft", "surface"),
    ("text_soft", "sunken"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_pressed"),
    ("accent_text", "surface"),
    ("accent_text", "window"),
    ("accent_text", "sunken"),
    ("nav_text", "nav"),
    ("nav_text", "nav_hover"),
    ("nav_chosen_text", "nav_chosen"),
    ("selection_text", "selection"),
    ("on_disabled", "disabled"),
    ("on_neutral", "neutral"),
    ("on_info", "info"),
    ("on_good", "good"),
    ("on_caution", "caution"),
    ("on_bad", "bad"),
    ("bad_text", "surface"),
    ("bad_text", "window"),
    ("caution_text", "surface"),
    ("caution_text", "window"),
)
"""(text, background) pairs that occur; at least 4.5 : 1 (WCAG 2.2, success criterion 1.4.3)."""

EDGE_PAIRS = (
    ("focus", "window"),
    ("focus", "surface"),
    ("nav_chosen_text", "nav"),
    ("border_strong", "surface"),
)
"""Lines that must be seen: focus rings and edges of fields, at least 3 : 1 (WCAG 2.2, 1.4.11)."""


def colours(theme: Theme) -> Colours:
    """Return the colours of a theme."""
    return DARK if theme is Theme.DARK else LIGHT


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
