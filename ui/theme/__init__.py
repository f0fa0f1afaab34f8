"""Colours, distances and letters of the window, as data; the stylesheet and the palette are made from them."""

from ui.theme.icons import icon
from ui.theme.stylesheet import apply_theme, qpalette, stylesheet
from ui.theme.tokens import DARK, LIGHT, SPACE, TYPE, Colours, Theme, Tone, colours

__all__ = [
    "DARK",
    "LIGHT",
    "SPACE",
    "TYPE",
    "Colours",
    "Theme",
    "Tone",
    "apply_theme",
    "colours",
    "icon",
    "qpalette",
    "stylesheet",
]
