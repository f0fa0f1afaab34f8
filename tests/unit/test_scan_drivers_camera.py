"""Cameras: what the kernel lists, pictures that are sharp enough for the law, and one that is pulled out."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from counter_app.core.errors import AppError
from counter_app.scanning.driver import Cancel, LiveDriver, PaperSize, ScannerState, ScanProfile
from counter_app.scanning.drivers.camera import Camera, CameraDriver, find_linux_cameras
from counter_app.scanning.reading import decode_picture
from tests.fakes.camera_objects import StillCamera

A4 = ScanProfile(id="test", paper=PaperSize.A4)
CARD = ScanProfile(id="test", paper=PaperSize.CARD)
DEVICE = "camera:0"


def driver_of(camera: StillCamera) -> CameraDriver:
    return CameraDriver(lambda: (Camera(number=0, name="Mắt tài liệu"),), lambda _number: camera)


def test_the_kernels_list_gives_each_camera_once(tmp_path: Path) -> None:
    for node, index, name in (("video0", "0", "Eye 8M"), ("video1", "1", "Eye 8M"), ("video2", "0", "Bench cam")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "index").write_text(f"{index}\n", encoding="utf-8")
        (tmp_path / node / "name").write_text(f"{name}\n", encoding="utf-8")
    (tmp_path / "video-broken").mkdir()

    assert find_linux_cameras(tmp_path) == (Camera(number=0, name="Eye 8M"), Camera(number=2, name="Bench cam"))
    assert find_linux_cameras(tmp_path / "none") == ()


def test_a_camera_is_listed_and_gives_one_settled_picture_as_a_glass_does() -> None:
    camera = StillCamera()
    driver = driver_of(camera)
    (device,) = driver.list_devices()
    (page,) = driver.scan(device.id, A4, Cancel())

    assert (device.id, device.name, device.state) == (DEVICE, "Mắt tài liệu", ScannerState.FOUND)
    assert isinstance(driver, LiveDriver)
    assert page.dpi == round(3264 / (297 / 25.4))
    assert camera.reads > 5, "exposure settles before the picture counts"
    assert camera.released == 1
    assert decode_picture(page.picture, dpi=page.dpi).width == 3264


def test_pictures_come_until_cancelled() -> None:
    camera, cancel = StillCamera(), Cancel()
    pages = driver_of(camera).watch(DEVICE, A4, cancel)
    numbers = [next(pages).number for _picture in range(3)]
    cancel.say()

    assert (numbers, list(pages), camera.released) == ([1, 2, 3], [], 1)


@pytest.mark.parametrize(
    ("camera", "profile", "code"),
    [
        (StillCamera(1920, 1080), A4, "scan.low_resolution"),
        (StillCamera(is_there=False), A4, "scan.gone"),
    ],
)
def test_what_no_picture_can_be_had_of_is_said(camera: StillCamera, profile: ScanProfile, code: str) -> None:
    with pytest.raises(AppError) as caught:
        list(driver_of(camera).scan(DEVICE, profile, Cancel()))

    assert caught.value.code == code
    assert camera.released == 1


def test_a_small_picture_is_enough_for_a_card() -> None:
    (page,) = driver_of(StillCamera(1920, 1080)).scan(DEVICE, CARD, Cancel())

    assert page.dpi > 500


def test_the_real_video_reader_works_and_its_end_is_a_camera_that_is_gone(tmp_path: Path) -> None:
    for number in range(3):
        cv2.imwrite(str(tmp_path / f"p{number}.png"), np.full((1800, 2500, 3), 40 * number, dtype=np.uint8))
    driver = CameraDriver(tuple, lambda _number: cv2.VideoCapture(str(tmp_path / "p%d.png"), cv2.CAP_IMAGES))
    pages = driver.watch(DEVICE, A4, Cancel())

    assert [decode_picture(next(pages).picture, dpi=200).pixels[0, 0, 0] for _picture in range(3)] == [0, 40, 80]
    with pytest.raises(AppError, match=r"scan\.gone"):
        next(pages)


@pytest.mark.parametrize("device", ["camera:", "camera:x", "camera:-1", "sane:0", "camera:99999"])
def test_names_of_no_camera_are_refused(device: str) -> None:
    with pytest.raises(AppError, match=r"scan\.unknown_device"):
        driver_of(StillCamera()).capabilities(device)
