"""What ``scanimage --all-options`` says about a device, as far as scanning needs it (sane-backends 1.0 to 1.4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from counter_app.scanning.choosing import choose_dpi, choose_mode, choose_source, papers_within, usual_within
from counter_app.scanning.driver import USUAL_DPI, Capabilities, ColourMode, ScanProfile, Source

# Lines such as: --source Flatbed|ADF [Flatbed], or -x 0..215.9mm [215.9], or --scan[=(yes|no)] [no] [hardware]
_OPTION = re.compile(
    r"^ {4}(--[A-Za-z0-9-]{1,60}(?: \d{1,2}(?=\[))?|-[a-z])"
    r"(?:\[=\((?P<flag>[^)]*)\)\]| (?P<rest>.*?))?(?P<tail>(?: \[[^\]]*\])*)$"
)
_RANGE = re.compile(r"^(-?[\d.]+)\.\.(-?[\d.]+)")
_NUMBER = re.compile(r"^[\d.]+")
_MOST_LINES = 2_000

# Buttons on which something is to be scanned, by the names of sane-backends' saneopts.h (genesys, fujitsu, epjitsu,
# hp5590) and of its backends canon_dr ("start", "newfile", "button-3") and plustek ("button 0"). Those that mean
# something else (copy, fax, cancel, stop, power) and what is no button (page-loaded, cover-open) are none of them.
_SCAN_BUTTON = re.compile(r"^--(?:scan|start|newfile|file|email|ocr|pdf[1-4]?|button[ -]?\d{1,2})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaneOption:
    """One option that can be set now: its choices, or its range."""

    name: str
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    is_sensor: bool = False
    is_on: bool = False
    """Of a switch or a sensor: what it says now."""


@dataclass(frozen=True, slots=True)
class SaneOptions:
    """The options of one device, and how to say a profile with them."""

    by_name: dict[str, SaneOption]

    def capabilities(self) -> Capabilities:
        """Return what the device can; one that names no source is told as a flatbed."""
        width, height = self._high("-x"), self._high("-y")
        return Capabilities(
            sources=tuple(source for source in Source if source in self._sources()),
            modes=tuple(mode for mode in ColourMode if mode in self._modes()),
            resolutions=self._resolutions(),
            papers=papers_within(width or 210, height or 297),
            has_button=bool(self._buttons()),
        )

    def is_pressed(self) -> bool | None:
        """Whether a scan button is down, or was since it was read before; None where the device tells of none."""
        buttons = self._buttons()
        return any(button.is_on for button in buttons) if buttons else None

    def _buttons(self) -> list[SaneOption]:
        return [option for option in self.by_name.values() if option.is_sensor and _SCAN_BUTTON.match(option.name)]

    def arguments(self, profile: ScanProfile) -> tuple[list[str], int]:
        """Return the arguments of ``scanimage`` for a profile, and the resolution it will have.

        Raises:
            UserError: ``scan.no_source``, ``scan.low_resolution``.
        """
        offered = self.capabilities()
        source = choose_source(profile.source, offered.sources)
        dpi = choose_dpi(profile.dpi, offered.resolutions)
        given = [*self._source_arguments(source), f"--resolution={dpi}"]
        modes = self._modes()
        if modes:
            given.append(f"--mode={modes[choose_mode(profile.mode, tuple(modes))]}")
        return [*given, *self._area(profile)], dpi

    def _area(self, profile: ScanProfile) -> list[str]:
        given = []
        for name, wanted in zip(("-x", "-y"), profile.paper.size_mm, strict=True):
            if name in self.by_name and self._high(name):
                given += [name, f"{min(float(wanted), self._high(name)):g}"]
        return given

    def _source_arguments(self, source: Source) -> list[str]:
        named = self._sources()[source]
        given = [f"--source={named}"] if named else []
        for option, single, double in (("--adf-mode", "Simplex", "Duplex"), ("--duplex", "no", "yes")):
            if option in self.by_name and source is not Source.FLATBED:
                given.append(f"{option}={double if source is Source.DUPLEX else single}")
        return given

    def _sources(self) -> dict[Source, str]:
        """Return the device's own word for each source it has, "" where none need be said."""
        option = self.by_name.get("--source")
        if option is None or not option.choices:
            return {Source.FLATBED: ""}
        found: dict[Source, str] = {}
        for choice in option.choices:
            found.setdefault(_source_of(choice), choice)
        can_turn = any(
            name in self.by_name and _has_choice(self.by_name[name], word)
            for name, word in (("--adf-mode", "Duplex"), ("--duplex", "yes"))
        )
        if can_turn and Source.FEEDER in found:
            found.setdefault(Source.DUPLEX, found[Source.FEEDER])
        return found

    def _modes(self) -> dict[ColourMode, str]:
        option = self.by_name.get("--mode")
        found: dict[ColourMode, str] = {}
        for choice in option.choices if option is not None else ():
            mode = _mode_of(choice)
            if mode is not None:
                found.setdefault(mode, choice)
        return found

    def _resolutions(self) -> tuple[int, ...]:
        option = self.by_name.get("--resolution")
        if option is None:
            return USUAL_DPI
        if option.high > 0:
            return usual_within(int(option.low), int(option.high))
        numbers = {int(float(match[0])) for choice in option.choices if (match := _plain_number(choice))}
        return tuple(sorted(numbers)) or USUAL_DPI

    def _high(self, name: str) -> float:
        option = self.by_name.get(name)
        return option.high if option is not None else 0


def read_options(lines: Iterable[str]) -> SaneOptions:
    """Return the options that a device has; what cannot be understood, or cannot be set now, is left out."""
    found: dict[str, SaneOption] = {}
    for _, line in zip(range(_MOST_LINES), lines, strict=False):
        match = _OPTION.match(line.rstrip())
        if match is not None and "[inactive]" not in match["tail"] and "[read-only]" not in match["tail"]:
            tail = match["tail"]
            option = _option(
                match[1],
                match["flag"] or match["rest"] or "",
                is_sensor="[hardware]" in tail,
                is_on=match["flag"] is not None and "[yes]" in tail,
            )
            found.setdefault(option.name, option)
    return SaneOptions(found)


def _option(name: str, values: str, *, is_sensor: bool, is_on: bool) -> SaneOption:
    bounds = _RANGE.match(values)
    try:
        if bounds is not None:
            return SaneOption(name=name, low=float(bounds[1]), high=float(bounds[2]), is_sensor=is_sensor)
    except ValueError:
        return SaneOption(name=name, is_sensor=is_sensor)
    choices = tuple(choice.strip() for choice in values.split("|") if choice.strip())
    return SaneOption(name=name, choices=choices, is_sensor=is_sensor, is_on=is_on)


def _plain_number(choice: str) -> re.Match[str] | None:
    match = _NUMBER.match(choice)
    return match if match is not None and match[0].count(".") <= 1 and match[0] != "." and len(match[0]) < 9 else None


def _has_choice(option: SaneOption, word: str) -> bool:
    return word in option.choices


def _source_of(choice: str) -> Source:
    """Backends name sources freely: "ADF Duplex", "Automatic Document Feeder(left aligned,Duplex)", "ADF Back"."""
    word = choice.lower()
    if "duplex" in word or "both" in word:
        return Source.DUPLEX
    return Source.FEEDER if "adf" in word or "feed" in word else Source.FLATBED


def _mode_of(choice: str) -> ColourMode | None:
    word = choice.lower()
    if "color" in word or "colour" in word:
        return ColourMode.COLOUR
    if "gray" in word or "grey" in word:
        return ColourMode.GREY
    words = ("lineart", "binary", "black", "mono", "halftone")
    return ColourMode.BITONAL if any(one in word for one in words) else None
