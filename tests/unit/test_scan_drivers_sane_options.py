"""What real backends print about their options, and what a profile becomes for each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.scanning.driver import Capabilities, ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.drivers.sane_options import read_options

DUPLEX = ScanProfile(id="x", source=Source.DUPLEX, mode=ColourMode.BITONAL, dpi=200, paper=PaperSize.A4)

OFFICE = """
All options specific to device `maker:1':
  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex|Flatbed [ADF Front]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [600]
  Geometry:
    -l 0..221.121mm (in steps of 0.0211639) [0]
    -x 0..221.121mm (in steps of 0.0211639) [215.872]
    -y 0..392.5mm (in steps of 0.0211639) [279.364]
    --page-width 0..221.121mm (in steps of 0.0211639) [215.872]
  Sensors:
    --scan[=(yes|no)] [no] [hardware]
        Scan button
"""
PHRASES = """
    --mode Black & White|Gray[Error Diffusion]|True Gray|24bit Color[Fast] [24bit Color[Fast]]
    --resolution 100|150|200|300|400|600|1200dpi [200]
    --source FlatBed|Automatic Document Feeder(left aligned)|Automatic Document Feeder(left aligned,Duplex) [FlatBed]
    -x 0..215.9mm (in steps of 0.0999908) [215.88]
    -y 0..355.6mm (in steps of 0.0999908) [355.567]
"""
SWITCHED = """
    --mode Lineart|Gray|Color [Color]
    --resolution 75|150|300dpi [150]
    --source Flatbed|Automatic Document Feeder [Flatbed]
    --adf-mode Simplex|Duplex [Simplex]
    --duplex[=(yes|no)] [inactive]
    -x 0..215.9mm [215.9]
    -y 0..297.1mm [297.1]
"""
PLAIN = """
    --mode Color|Gray|Lineart [Gray]
    --resolution 75|150|300|600dpi [75]
    -x 0..216.07mm [216.07]
    -y 0..297.01mm [297.01]
"""


def able(said: str) -> Capabilities:
    return read_options(said.splitlines()).capabilities()


def arguments(said: str, profile: ScanProfile) -> tuple[list[str], int]:
    return read_options(said.splitlines()).arguments(profile)


def test_office_scanner_with_a_button() -> None:
    found = able(OFFICE)

    assert found.sources == (Source.FLATBED, Source.FEEDER, Source.DUPLEX)
    assert found.modes == tuple(ColourMode)
    assert found.resolutions == (200, 300, 400, 600)
    assert found.papers == (PaperSize.A4, PaperSize.A5, PaperSize.CARD)
    assert found.has_button
    assert arguments(OFFICE, DUPLEX) == (
        ["--source=ADF Duplex", "--resolution=200", "--mode=Lineart", "-x", "210", "-y", "297"],
        200,
    )


@pytest.mark.parametrize(
    ("sensors", "pressed"),
    [
        ("    --scan[=(yes|no)] [no] [hardware]", False),
        ("    --scan[=(yes|no)] [yes] [hardware]", True),
        ("    --scan[=(yes|no)] [no] [hardware]\n    --email[=(yes|no)] [yes] [hardware]", True),
        ("    --start[=(yes|no)] [yes] [hardware]", True),
        ("    --button-3[=(yes|no)] [yes] [hardware]", True),
        ("    --button 0[=(yes|no)] [yes] [hardware]", True),
        ("    --pdf4[=(yes|no)] [yes] [hardware]", True),
        ("    --scan[=(yes|no)] [inactive]", None),
        ("    --scan[=(yes|no)] [yes]", None),
        ("    --copy[=(yes|no)] [yes] [hardware]", None),
        ("    --cancel[=(yes|no)] [yes] [hardware]", None),
        ("    --page-loaded[=(yes|no)] [yes] [hardware]\n    --cover-open[=(yes|no)] [yes] [hardware]", None),
        ("    --button-topedge[=(yes|no)] [yes] [hardware]", None),
        ("    --function <int> [1] [hardware]", None),
    ],
)
def test_button_on_which_something_is_to_be_scanned(sensors: str, pressed: bool | None) -> None:
    options = read_options((PLAIN + sensors).splitlines())

    assert options.is_pressed() is pressed
    assert options.capabilities().has_button is (pressed is not None)


def test_scanner_that_names_its_choices_in_phrases() -> None:
    found = able(PHRASES)

    assert found.sources == (Source.FLATBED, Source.FEEDER, Source.DUPLEX)
    assert set(found.modes) == set(ColourMode)
    assert not found.has_button
    given_, dpi = arguments(PHRASES, DUPLEX)
    assert given_[0] == "--source=Automatic Document Feeder(left aligned,Duplex)"
    assert "--mode=Black & White" in given_
    assert dpi == 200


def test_scanner_that_turns_sheets_by_another_option() -> None:
    assert able(SWITCHED).sources == (Source.FLATBED, Source.FEEDER, Source.DUPLEX)
    given_, dpi = arguments(SWITCHED, DUPLEX)

    assert given_[:2] == ["--source=Automatic Document Feeder", "--adf-mode=Duplex"]
    assert dpi == 300
    assert arguments(SWITCHED, ScanProfile(id="x", source=Source.FEEDER))[0][1] == "--adf-mode=Simplex"
    assert not any("adf-mode" in one for one in arguments(SWITCHED, ScanProfile(id="x", source=Source.FLATBED))[0])


def test_flatbed_without_a_source_option_is_not_told_one() -> None:
    assert able(PLAIN).sources == (Source.FLATBED,)
    given_, _ = arguments(PLAIN, ScanProfile(id="x", source=Source.FLATBED, paper=PaperSize.A3))

    assert not any(one.startswith("--source") for one in given_)
    assert given_[-4:] == ["-x", "216.07", "-y", "297.01"]


@given(st.lists(st.text(max_size=60) | st.sampled_from(OFFICE.splitlines() + PHRASES.splitlines()), max_size=30))
def test_whatever_a_backend_prints_capabilities_come_out(lines: list[str]) -> None:
    found = read_options(lines).capabilities()

    assert found.sources
    assert found.resolutions
    assert list(found.resolutions) == sorted(found.resolutions)


@pytest.mark.parametrize("rest", ["..", "0..1e5mm", "9" * 300, "1.2.3|4dpi", "-5..-1dpi", "0..0dpi"])
def test_resolutions_that_are_no_numbers_are_left_out(rest: str) -> None:
    assert all(dpi > 0 for dpi in able(f"    --resolution {rest} [1]").resolutions)
