"""How to scan: which scanner, which profile, its parts one by one; what an administrator locked cannot be changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from counter_app.services.scanning import Capabilities, ColourMode, PaperSize, ProfileChoice, ScanProfile, Source
from ui.actions import ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard
from ui.words import Words

_USUAL_DPI = (200, 300, 400, 600)
_TURNED = "turned"
_LINE, _CODES = "line", "codes"
# Three rows, for a fourth would leave the page below no room on the smallest screen: row, column of six, columns.
_PLACES = {
    "scanner": (0, 0, 3),
    "profile": (0, 3, 3),
    "source": (1, 0, 3),
    "into": (1, 3, 3),
    "mode": (2, 0, 2),
    "dpi": (2, 2, 2),
    "paper": (2, 4, 2),
}


class ScanCard(SectionCard):
    """Passive; away until `open` is called. What is chosen is said at once, Esc or the button closes it."""

    device_chosen = Signal(str)
    profile_chosen = Signal(str)
    adjusted = Signal(object)
    separating_chosen = Signal(bool)
    button_chosen = Signal(bool)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._choice: ProfileChoice | None = None
        self._able: Capabilities | None = None
        self._separates = False
        self.device, self.profile = Choices(self), Choices(self)
        self.source, self.into, self.mode, self.dpi, self.paper = (Choices(self) for _part in range(5))
        self.button = QCheckBox(self)
        self._fields = {
            "scanner": Field(self.device, self),
            "profile": Field(self.profile, self),
            "source": Field(self.source, self),
            "into": Field(self.into, self),
            "mode": Field(self.mode, self),
            "dpi": Field(self.dpi, self),
            "paper": Field(self.paper, self),
        }
        self.note = QLabel(self)
        self.note.setProperty("role", "soft")
        self.note.setWordWrap(True)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.header.addWidget(self.back)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.small)
        for name, (row, column, span) in _PLACES.items():
            grid.addWidget(self._fields[name], row, column, 1, span)
        self.body.addLayout(grid)
        self.body.addWidget(self.button)
        self.body.addWidget(self.note)
        self.hide()
        self.back.clicked.connect(self.hide)
        self.device.activated.connect(lambda _place: self.device_chosen.emit(str(self.device.currentData() or "")))
        self.profile.activated.connect(lambda _place: self.profile_chosen.emit(str(self.profile.currentData())))
        self.into.activated.connect(lambda _place: self.separating_chosen.emit(self.into.currentData() == _CODES))
        self.button.clicked.connect(self.button_chosen)
        for part in (self.source, self.mode, self.dpi, self.paper):
            part.activated.connect(self._on_part)
        self.retranslate()

    def open(self) -> None:
        """Show it, the cursor where there is something to choose."""
        self.show()
        boxes = (self.device, self.profile, self.source)
        next((box for box in boxes if box.isEnabled() and box.count() > 1), self.profile).setFocus()

    def show_devices(self, devices: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offer scanners by id and name."""
        self.device.clear()
        for device, name in devices:
            self.device.addItem(name, device)
        self.device.setCurrentIndex(max(0, self.device.findData(chosen)))
        self.device.setEnabled(bool(devices))

    def show_choice(self, choice: ProfileChoice) -> None:
        """Show the profiles and what the chosen one says."""
        self._choice = choice
        self._write()

    def show_able(self, able: Capabilities | None) -> None:
        """Offer only what the scanner can; None: nobody knows."""
        self._able = able
        self._write()

    def show_separating(self, *, separates: bool) -> None:
        """Show where the pages go: into the chosen line, or apart by their codes."""
        self._separates = separates
        _fill(self.into, (_LINE, _CODES), _CODES if separates else _LINE, self._into_words)

    def show_button(self, *, has_button: bool, is_locked: bool) -> None:
        """Show whether the scanner's own button begins a scan as well as the key does."""
        self.button.setChecked(has_button)
        self.button.setEnabled(not is_locked)

    def _into_words(self, into: str) -> str:
        return self._words(f"scan.into.{into}")

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.set_title(self._words("ui.action.digitise_setup"))
        self.back.set_text(self._words("scan.card.close"))
        for name, field in self._fields.items():
            field.set_label(self._words(f"scan.card.{name}"))
        self.show_separating(separates=self._separates)
        self.button.setText(self._words("scan.card.button"))
        self._write()

    def _write(self) -> None:
        choice = self._choice
        if choice is None:
            return
        chosen, words = choice.chosen, self._words
        _fill(self.profile, [one.id for one in choice.profiles], chosen.id, lambda one: self._name(one, choice))
        _fill(self.source, self._sources(chosen), _source_of(chosen), lambda one: words(f"scan.source.{one}"))
        modes = self._able.modes if self._able else tuple(ColourMode)
        _fill(self.mode, _with(modes, chosen.mode), chosen.mode, lambda one: words(f"scan.mode.{one.value}"))
        dpi = self._able.resolutions if self._able else _USUAL_DPI
        offered = [one for one in _with(dpi, chosen.dpi) if one >= min(_USUAL_DPI)]
        _fill(self.dpi, sorted(offered), chosen.dpi, lambda one: f"{one} dpi")
        papers = self._able.papers if self._able else tuple(PaperSize)
        _fill(self.paper, _with(papers, chosen.paper), chosen.paper, lambda one: words(f"scan.paper.{one.value}"))
        self.profile.setEnabled(not choice.is_choice_locked)
        for part in (self.source, self.mode, self.dpi, self.paper):
            part.setEnabled(not (choice.is_choice_locked or choice.is_list_locked))
        locked = "choice" if choice.is_choice_locked else "list" if choice.is_list_locked else ""
        self.note.setText(words(f"scan.card.locked_{locked}") if locked else "")
        self.note.setVisible(bool(locked))

    def _sources(self, chosen: ScanProfile) -> list[str]:
        sources: tuple[Source, ...] = self._able.sources if self._able else tuple(Source)
        named = [source.value for source in sources] + ([_TURNED] if Source.FEEDER in sources else [])
        return [*named, *([] if _source_of(chosen) in named else [_source_of(chosen)])]

    def _name(self, profile_id: str, choice: ProfileChoice) -> str:
        found = next(profile for profile in choice.profiles if profile.id == profile_id)
        return name_of_profile(self._words, found)

    @Slot()
    def _on_part(self) -> None:
        if self._choice is None:
            return
        source = str(self.source.currentData())
        self.adjusted.emit(
            msgspec.structs.replace(
                self._choice.chosen,
                source=Source.FEEDER if source == _TURNED else Source(source),
                turns_pile=source == _TURNED,
                mode=ColourMode(self.mode.currentData()),
                dpi=int(self.dpi.currentData()),
                paper=PaperSize(self.paper.currentData()),
            )
        )


def name_of_profile(words: Words, profile: ScanProfile) -> str:
    """Return what people call a profile."""
    return profile.name or words(f"scan.profile.{profile.id}")


def _source_of(profile: ScanProfile) -> str:
    return _TURNED if profile.turns_pile else profile.source.value


def _with(offered: Sequence[Any], chosen: Any) -> list[Any]:
    return [*offered, *([] if chosen in offered else [chosen])]


def _fill(box: Choices, offered: Sequence[Any], chosen: Any, say: Callable[[Any], str]) -> None:
    box.clear()
    for one in offered:
        # Qt hands a text that is more back as a mere text.
        box.addItem(say(one), one.value if isinstance(one, StrEnum) else one)
    box.setCurrentIndex(max(0, list(offered).index(chosen)))
