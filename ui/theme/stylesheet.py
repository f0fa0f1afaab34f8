"""The stylesheet and the palette of a theme, both made from its tokens."""

import dataclasses
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from ui.theme.tokens import SPACE, TYPE, Theme, colours


@cache
def stylesheet(theme: Theme) -> str:
    """Return the window's stylesheet: ``resources/styles/window.qss`` with the tokens in place of its names."""
    template = Template((files("resources") / "styles" / "window.qss").read_text(encoding="utf-8"))
    names: dict[str, str] = {key: str(value) for key, value in dataclasses.asdict(colours(theme)).items()}
    for drawing in ("chevron", "tick"):
        names[drawing] = Path(str(files("resources") / "icons" / f"{drawing}_{theme.value}.svg")).as_posix()
    names |= {f"space_{key}": f"{value}px" for key, value in dataclasses.asdict(SPACE).items()}
    for key, value in dataclasses.asdict(TYPE).items():
        if key != "families":
            names[f"type_{key}"] = f"{value}px"
    names["families"] = ", ".join(f'"{family}"' for family in TYPE.families)
    return template.substitute(names)


def qpalette(theme: Theme) -> QPalette:
    """Return the palette for what the stylesheet leaves to Qt: ticks, arrows, dialogs."""
    tokens = colours(theme)
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.surface,
        QPalette.ColorRole.AlternateBase: tokens.sunken,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.text_soft,
        QPalette.ColorRole.Button: tokens.surface,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.bad_text,
        QPalette.ColorRole.Highlight: tokens.selection,
        QPalette.ColorRole.HighlightedText: tokens.selection_text,
        QPalette.ColorRole.Accent: tokens.accent,
        QPalette.ColorRole.Link: tokens.accent_text,
        QPalette.ColorRole.ToolTipBase: tokens.surface,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.Mid: tokens.border,
        QPalette.ColorRole.Dark: tokens.border_strong,
    }
    palette = QPalette(QColor(tokens.window))
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.on_disabled))
    return palette


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Put a theme on the whole application, at once and for every open window."""
    app.setProperty("theme", theme.value)
    if app.styleSheet() == stylesheet(theme):
        return  # polishing every widget again would cost as much as the rest of opening the window
    font = QFont()
    font.setFamilies(list(TYPE.families))
    font.setPixelSize(TYPE.base)
    app.setFont(font)
    app.setPalette(qpalette(theme))
    app.setStyleSheet(stylesheet(theme))
