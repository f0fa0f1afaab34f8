"""WIA and TWAIN against objects after their documentation: what is set, and what each error becomes."""

import pytest

from counter_app.core.errors import AppError
from counter_app.scanning.driver import Cancel, ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.drivers.bitmap import png_of
from counter_app.scanning.drivers.twain import TwainDriver
from counter_app.scanning.drivers.wia import WiaDriver
from tests.fakes.twain_objects import (
    CheckDeviceOnlineError,
    PaperDoubleFeedError,
    PaperJam,
    SMLoadFileFailed,
    TwainScanner,
)
from tests.fakes.wia_objects import WiaScanner

WIA, TWAIN = "wia:{0001}", "twain:Máy quét TWAIN"
FEEDER = ScanProfile(id="x", source=Source.FEEDER, mode=ColourMode.GREY, dpi=200, paper=PaperSize.A5)
DUPLEX = ScanProfile(id="x", source=Source.DUPLEX, mode=ColourMode.BITONAL, dpi=250, paper=PaperSize.CARD)


def wia_code(scanner: WiaScanner, profile: ScanProfile = FEEDER) -> str:
    with pytest.raises(AppError) as caught:
        list(WiaDriver(scanner.manager).scan(WIA, profile, Cancel()))
    return caught.value.code


def twain_code(scanner: TwainScanner, profile: ScanProfile = FEEDER) -> str:
    with pytest.raises(AppError) as caught:
        list(TwainDriver(scanner).scan(TWAIN, profile, Cancel()))
    return caught.value.code


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0x80210002, "scan.jammed"),
        (0x80210003, "scan.feeder_empty"),
        (0x80210004, "scan.jammed"),
        (0x80210005, "scan.gone"),
        (0x80210006, "scan.busy"),
        (0x80210007, "scan.warming_up"),
        (0x8021000A, "scan.gone"),
        (0x8021000D, "scan.busy"),
        (0x80210016, "scan.cover_open"),
        (0x80210020, "scan.double_feed"),
        (0x80070005, "scan.forbidden"),
        (0x80004005, "scan.failed"),
    ],
)
def test_each_error_of_wia_has_its_code(number: int, code: str) -> None:
    assert wia_code(WiaScanner(error_after=(0, number))) == code


def test_wia_is_told_the_profile_in_its_own_numbers() -> None:
    scanner = WiaScanner()
    list(WiaDriver(scanner.manager).scan(WIA, FEEDER, Cancel()))

    assert (scanner.own.Item("3088").Value, scanner.own.Item("3096").Value) == (1, 1)
    values = [scanner.item.Item(name).Value for name in ("4103", "6147", "6148", "6149", "6150", "6151", "6152")]
    assert values == [2, 200, 200, 0, 0, 1165, 1654]


def test_wia_turns_sheets_and_names_the_backs() -> None:
    scanner = WiaScanner()
    pages = list(WiaDriver(scanner.manager).scan(WIA, DUPLEX, Cancel()))

    assert [page.is_back for page in pages] == [False, True] * 3
    assert {page.dpi for page in pages} == {300}
    assert scanner.own.Item("3088").Value == 5


def test_wia_lists_no_cameras_and_a_flatbed_has_no_feeder() -> None:
    driver = WiaDriver(WiaScanner(handling=2).manager)

    assert [device.name for device in driver.list_devices()] == ["Máy quét WIA"]
    assert driver.capabilities(WIA).sources == (Source.FLATBED,)
    assert wia_code(WiaScanner(handling=2)) == "scan.no_source"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PaperJam, "scan.jammed"),
        (PaperDoubleFeedError, "scan.double_feed"),
        (CheckDeviceOnlineError, "scan.gone"),
        (RuntimeError, "scan.failed"),
    ],
)
def test_each_error_of_twain_has_its_code(error: type[Exception], code: str) -> None:
    scanner = TwainScanner(error_after=(0, error))

    assert twain_code(scanner) == code
    assert scanner.state == "closed"


def test_twain_without_its_manager_is_told_as_missing() -> None:
    with pytest.raises(AppError) as caught:
        TwainDriver(TwainScanner(open_error=SMLoadFileFailed)).list_devices()

    assert (caught.value.code, caught.value.context) == ("scan.no_driver", {"driver": "twain"})


def test_twain_is_told_the_profile_and_gives_its_memory_back() -> None:
    scanner = TwainScanner()
    pages = list(TwainDriver(scanner).scan(TWAIN, DUPLEX, Cancel()))

    assert [page.is_back for page in pages] == [False, True] * 3
    assert {page.dpi for page in pages} == {300}
    assert (scanner.values[0x1002], scanner.values[0x1013], scanner.values[0x0101]) == (True, True, 0)
    assert [round(length, 2) for length in scanner.layout] == [0, 0, 3.54, 2.28]
    assert scanner.handles == set()
    assert scanner.state == "closed"


def test_twain_flatbed_has_no_feeder() -> None:
    assert TwainDriver(TwainScanner(has_feeder=False)).capabilities(TWAIN).sources == (Source.FLATBED,)
    assert twain_code(TwainScanner(has_feeder=False)) == "scan.no_source"


@pytest.mark.parametrize("bitmap", [b"", b"BM", b"BM" + bytes(60), b"\x89PNG\r\n\x1a\n"])
def test_bitmap_that_is_none_is_told(bitmap: bytes) -> None:
    with pytest.raises(AppError, match=r"scan\.failed"):
        png_of(bitmap, 300)
