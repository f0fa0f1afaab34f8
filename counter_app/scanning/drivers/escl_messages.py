"""What an eSCL scanner says of itself and what it is asked for (Mopria eSCL Technical Specification 2.97)."""

import re
from dataclasses import dataclass

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.text import nfc
from counter_app.scanning.choosing import choose_dpi, choose_mode, choose_source, papers_within, usual_within
from counter_app.scanning.driver import USUAL_DPI, Capabilities, ColourMode, ScannerState, ScanProfile, Source
from counter_app.scanning.drivers.plain_xml import Element, parse
from counter_app.scanning.failures import Trouble

_UNITS_PER_INCH = 300
_MM_PER_INCH = 25.4
_LONGEST_NAME = 100
_VERSION = re.compile(r"\d{1,2}\.\d{1,3}")
# No bitonal one: JPEG has none, and the pages are made black and white later, with a better threshold.
_MODES = {"RGB24": ColourMode.COLOUR, "Grayscale8": ColourMode.GREY}
_FORMATS = ("image/jpeg", "image/png", "image/tiff")

_ADF_TROUBLES = {
    "ScannerAdfJam": Trouble.JAMMED,
    "ScannerAdfMispick": Trouble.JAMMED,
    "ScannerAdfDuplexPageTooShort": Trouble.JAMMED,
    "ScannerAdfDuplexPageTooLong": Trouble.JAMMED,
    "ScannerAdfHatchOpen": Trouble.COVER_OPEN,
    "ScannerAdfMultipickDetected": Trouble.DOUBLE_FEED,
    "ScannerAdfInputTrayFailed": Trouble.JAMMED,
    "ScannerAdfInputTrayOverloaded": Trouble.JAMMED,
    "ScannerAdfEmpty": Trouble.FEEDER_EMPTY,
}
_STATES = {
    "Idle": ScannerState.READY,
    "Processing": ScannerState.BUSY,
    "Testing": ScannerState.BUSY,
    "Stopped": ScannerState.STOPPED,
    "Down": ScannerState.STOPPED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EsclStatus:
    """How the scanner is; `trouble` is what its feeder reports, and an empty feeder counts as one."""

    state: ScannerState
    trouble: Trouble | None = None
    aborted_jobs: tuple[str, ...] = ()
    """Addresses of jobs that the scanner gave up by itself."""

    @property
    def shown(self) -> ScannerState:
        """The state with what a person has to do first."""
        by_trouble = {Trouble.JAMMED: ScannerState.JAMMED, Trouble.COVER_OPEN: ScannerState.COVER_OPEN}
        return by_trouble.get(self.trouble, self.state) if self.trouble is not None else self.state

    @property
    def hindrance(self) -> Trouble | None:
        """What stops any paper: everything but an empty feeder."""
        return None if self.trouble is Trouble.FEEDER_EMPTY else self.trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """What one source can."""

    resolutions: tuple[int, ...]
    modes: dict[ColourMode, str]
    formats: tuple[str, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EsclCapabilities:
    """What the scanner can, source by source."""

    name: str
    version: str
    inputs: dict[Source, _Input]

    def summary(self) -> Capabilities:
        """Return what it can with any of its sources."""
        inputs = self.inputs.values()
        resolutions = {dpi for one in inputs for dpi in one.resolutions}
        width = max((one.width for one in inputs), default=0) / _UNITS_PER_INCH * _MM_PER_INCH
        height = max((one.height for one in inputs), default=0) / _UNITS_PER_INCH * _MM_PER_INCH
        return Capabilities(
            sources=tuple(source for source in Source if source in self.inputs),
            modes=tuple(mode for mode in ColourMode if any(mode in one.modes for one in inputs)),
            resolutions=tuple(sorted(resolutions)),
            papers=papers_within(width, height),
        )

    def settings(self, profile: ScanProfile) -> tuple[bytes, int]:
        """Return the request for a profile, and the resolution its pages will have.

        Raises:
            UserError: ``scan.no_source``, ``scan.low_resolution``.
            EnvironmentFailure: ``scan.bad_answer``: the scanner names no kind of picture that can be read.
        """
        source = choose_source(profile.source, tuple(self.inputs))
        taken = self.inputs[source]
        dpi = choose_dpi(profile.dpi, taken.resolutions)
        colour = taken.modes[choose_mode(profile.mode, tuple(taken.modes))]
        kind = next((kind for kind in _FORMATS if kind in taken.formats), None)
        if kind is None:
            raise EnvironmentFailure("scan.bad_answer", retryable=True)
        width, height = (
            min(round(wanted / _MM_PER_INCH * _UNITS_PER_INCH), most or 1_000_000)
            for wanted, most in zip(profile.paper.size_mm, (taken.width, taken.height), strict=True)
        )
        document = _SETTINGS.format(
            version=self.version,
            width=width,
            height=height,
            source="Platen" if source is Source.FLATBED else "Feeder",
            kind=kind,
            colour=colour,
            dpi=dpi,
            duplex=""
            if source is Source.FLATBED
            else f"<scan:Duplex>{str(source is Source.DUPLEX).lower()}</scan:Duplex>",
        )
        return document.encode(), dpi


# Every value put in comes from the constants of this program or is a number.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">
<pwg:Version>{version}</pwg:Version>
<scan:Intent>Document</scan:Intent>
<pwg:ScanRegions><pwg:ScanRegion>
<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>
<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset><pwg:Width>{width}</pwg:Width><pwg:Height>{height}</pwg:Height>
</pwg:ScanRegion></pwg:ScanRegions>
<pwg:InputSource>{source}</pwg:InputSource>
<pwg:DocumentFormat>{kind}</pwg:DocumentFormat>
<scan:DocumentFormatExt>{kind}</scan:DocumentFormatExt>
<scan:ColorMode>{colour}</scan:ColorMode>
<scan:XResolution>{dpi}</scan:XResolution><scan:YResolution>{dpi}</scan:YResolution>
{duplex}</scan:ScanSettings>"""


def read_capabilities(document: bytes) -> EsclCapabilities:
    """Return what ``ScannerCapabilities`` says.

    Raises:
        EnvironmentFailure: ``scan.bad_answer``: no such document, or one without any source.
    """
    root = parse(document, "ScannerCapabilities")
    inputs: dict[Source, _Input] = {}
    for source, path in (
        (Source.FLATBED, ("Platen", "PlatenInputCaps")),
        (Source.FEEDER, ("Adf", "AdfSimplexInputCaps")),
        (Source.DUPLEX, ("Adf", "AdfDuplexInputCaps")),
    ):
        found = root.find(*path)
        if found is not None:
            inputs[source] = _input(found)
    turns = any(option.text.strip() == "Duplex" for option in root.list("Adf", "AdfOptions", "AdfOption"))
    if turns and Source.FEEDER in inputs:
        inputs.setdefault(Source.DUPLEX, inputs[Source.FEEDER])
    usable = {source: one for source, one in inputs.items() if one.modes}
    if not usable:
        raise EnvironmentFailure("scan.bad_answer", retryable=True)
    version = root.words("Version")
    return EsclCapabilities(
        name=nfc(root.words("MakeAndModel"))[:_LONGEST_NAME],
        version=version if _VERSION.fullmatch(version) and version.isascii() else "2.0",
        inputs=usable,
    )


def _input(found: Element) -> _Input:
    profiles = found.list("SettingProfiles", "SettingProfile")
    named = [mode.text.strip() for one in profiles for mode in one.list("ColorModes", "ColorMode")]
    formats = [
        kind.text.strip()
        for one in profiles
        for name in ("DocumentFormat", "DocumentFormatExt")
        for kind in one.list("DocumentFormats", name)
    ]
    return _Input(
        resolutions=_resolutions(profiles),
        modes={_MODES[name]: name for name in named if name in _MODES},
        formats=tuple(formats),
        width=found.number("MaxWidth"),
        height=found.number("MaxHeight"),
    )


def _resolutions(profiles: list[Element]) -> tuple[int, ...]:
    found: set[int] = set()
    for one in profiles:
        for discrete in one.list("SupportedResolutions", "DiscreteResolutions", "DiscreteResolution"):
            found.add(discrete.number("XResolution"))
        for bounds in one.list("SupportedResolutions", "ResolutionRange", "XResolutionRange"):
            low, high = bounds.number("Min"), bounds.number("Max")
            found.update(usual_within(low, high) if high else ())
    return tuple(sorted(found - {0})) or USUAL_DPI


def read_status(document: bytes) -> EsclStatus:
    """Return what ``ScannerStatus`` says; a state that the specification does not know counts as found.

    Raises:
        EnvironmentFailure: ``scan.bad_answer``.
    """
    root = parse(document, "ScannerStatus")
    jobs = root.list("Jobs", "JobInfo")
    return EsclStatus(
        state=_STATES.get(root.words("State"), ScannerState.FOUND),
        trouble=_ADF_TROUBLES.get(root.words("AdfState")),
        aborted_jobs=tuple(job.words("JobUri").rstrip("/") for job in jobs if job.words("JobState") == "Aborted"),
    )
