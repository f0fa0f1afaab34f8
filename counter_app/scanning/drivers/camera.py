"""Webcams and document cameras through OpenCV, which the program has already; **unverified on hardware**.

A camera is a glass that is never closed: `scan` gives one picture, `watch` goes on as long as it is asked.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.scanning.driver import (
    LOWEST_DPI,
    Cancel,
    Capabilities,
    ColourMode,
    PaperSize,
    ScannerDevice,
    ScannerState,
    ScanProfile,
    Source,
)
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import ScannedPage

LINUX_CAMERAS = Path("/sys/class/video4linux")
# More than any desk's camera has: the driver takes the nearest it can.
_WIDTH, _HEIGHT = 4160, 3120
# Exposure and focus settle while the first pictures are taken.
_SETTLING = 10
_QUALITY = 92
_MM_PER_INCH = 25.4
_MOST_WINDOWS_CAMERAS = 4


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    """A camera by the system's number."""

    number: int
    name: str


class Capture(Protocol):
    """What is used of ``cv2.VideoCapture``."""

    def isOpened(self) -> bool: ...  # noqa: D102, N802 - OpenCV's name
    def read(self) -> tuple[bool, Any]: ...  # noqa: D102
    def set(self, what: int, value: float) -> bool: ...  # noqa: D102
    def release(self) -> None: ...  # noqa: D102


class CameraDriver:
    """Cameras of this machine. Holds no state between calls, so it is safe from any thread."""

    name = "camera"

    def __init__(
        self, find: Callable[[], tuple[Camera, ...]] | None = None, open_capture: Callable[[int], Capture] | None = None
    ) -> None:
        """`find` lists the cameras and `open_capture` opens one; the system's own where none is given."""
        self._find = find or find_cameras
        self._open_capture = open_capture or _open_capture

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return the cameras that are there."""
        return tuple(
            ScannerDevice(
                id=f"{self.name}:{camera.number}",
                name=nfc(camera.name)[:80] or f"{self.name} {camera.number}",
                driver=self.name,
                state=ScannerState.FOUND,
            )
            for camera in self._find()
        )

    def capabilities(self, device: str) -> Capabilities:
        """Return what a camera does: colour, one picture of whatever lies under it."""
        _number(device)
        return Capabilities(
            sources=(Source.FLATBED,), modes=(ColourMode.COLOUR,), resolutions=(LOWEST_DPI,), papers=tuple(PaperSize)
        )

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield one picture.

        Raises:
            UserError: ``scan.unknown_device``; ``scan.low_resolution``: the sheet would have fewer than 200 dpi.
            EnvironmentFailure: ``scan.gone``.
        """
        for picture in self._pictures(device, profile, cancel):
            if picture.number > _SETTLING:
                yield msgspec.structs.replace(picture, number=1)
                return

    def watch(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pictures until cancelled.

        Raises:
            AppError: as `scan`.
        """
        yield from self._pictures(device, profile, cancel)

    def _pictures(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        capture = self._open_capture(_number(device))
        try:
            if not capture.isOpened():
                raise failure_of(Trouble.GONE)
            number = 0
            while not cancel.is_said:
                is_there, pixels = capture.read()
                if not is_there:
                    raise failure_of(Trouble.GONE)
                number += 1
                dpi = _dpi_of(pixels, profile.paper)
                yield ScannedPage(picture=_encode(pixels), number=number, dpi=dpi)
        finally:
            capture.release()


def find_cameras() -> tuple[Camera, ...]:
    """Return the cameras of this machine."""
    return _probe_windows() if sys.platform == "win32" else find_linux_cameras()


def find_linux_cameras(place: Path = LINUX_CAMERAS) -> tuple[Camera, ...]:
    """Return what the kernel lists (Video4Linux); of the several nodes of one camera the first gives pictures."""
    found = []
    for node in place.glob("video*"):
        number = node.name.removeprefix("video")
        if number.isdecimal() and _line_of(node / "index") == "0":
            found.append(Camera(number=int(number), name=_line_of(node / "name")))
    return tuple(sorted(found, key=lambda camera: camera.number))


def _line_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _probe_windows() -> tuple[Camera, ...]:
    """OpenCV knows no names there: whatever opens is a camera."""
    found = []
    for number in range(_MOST_WINDOWS_CAMERAS):
        capture = _open_capture(number)
        if capture.isOpened():
            found.append(Camera(number=number, name=""))
        capture.release()
    return tuple(found)


def _open_capture(number: int) -> Capture:
    import cv2

    capture: Any = cv2.VideoCapture(number, cv2.CAP_DSHOW if sys.platform == "win32" else cv2.CAP_V4L2)
    # Compressed by the camera: uncompressed, a large picture takes the cable a second.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, _WIDTH)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, _HEIGHT)
    opened: Capture = capture
    return opened


def _number(device: str) -> int:
    driver, _colon, number = device.partition(":")
    if driver != CameraDriver.name or not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise UserError("scan.unknown_device", device=nfc(device)[:80])
    return int(number)


def _dpi_of(pixels: Any, paper: PaperSize) -> int:
    """Return the resolution of a sheet that fills the picture; below 200 dpi it is no digitised paper (L§1.11)."""
    dpi = round(float(max(pixels.shape[:2])) / (max(paper.size_mm) / _MM_PER_INCH))
    if dpi < LOWEST_DPI:
        raise UserError("scan.low_resolution", most=dpi, least=LOWEST_DPI)
    return dpi


def _encode(pixels: Any) -> bytes:
    import cv2

    is_done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not is_done:
        raise failure_of(Trouble.FAILED, reason="jpeg")
    return bytes(encoded)
