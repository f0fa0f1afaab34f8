"""Pictures of every page: both languages, light and dark, two sizes.

    QT_QPA_PLATFORM=offscreen python -m tools.screenshots build/screenshots
    QT_QPA_PLATFORM=offscreen python -m tools.screenshots build/demo --few

A sample desk is made for it and thrown away. The people are invented.
"""

import argparse
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.window import preview_slip
from ui.actions import ActionId, PageId
from ui.application import create_application, make_window
from ui.page import OpenedDesk
from ui.shell import MainWindow

CARD = "036199001234|012345678|Nguyễn Thị Tưởng Tượng|01021999|Nữ|Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu|01072021"
PROCEDURE = "1.001193"
LANGUAGES = ("vi", "en")
THEMES = ("light", "dark")
SIZES = ((1366, 768), (1920, 1080))
_SETTLE_MS = 500


class _NoPrinter:
    """The window's print queue where nothing is to be printed."""

    def wake(self) -> None:
        """Do nothing."""

    def print_now(self, job_id: str) -> None:
        """Do nothing."""


@contextmanager
def sample_counter() -> Iterator[OpenCounter]:
    """Give an open sample desk that is thrown away afterwards."""
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase="pictures only")
        with opened(folder, passphrase="pictures only") as made:
            yield made


def settle() -> None:
    """Let answers of the store arrive and the page be painted."""
    loop = QEventLoop()
    QTimer.singleShot(_SETTLE_MS, loop.quit)
    loop.exec()


def fill_intake(window: MainWindow) -> None:
    """Fill the intake page as far as the key that saves."""
    page = window.pages[PageId.INTAKE]
    page.handle_scan(CARD)
    settle()
    presenter = page.presenter  # type: ignore[attr-defined]
    presenter.choose_procedure(PROCEDURE)
    settle()
    page.perform(ActionId.INTAKE_ALL_HANDED_IN)
    settle()


def take(window: MainWindow, folder: Path, name: str) -> None:
    """Save what the window shows now."""
    settle()
    file = folder / f"{name}.png"
    if not window.grab().save(str(file)):
        raise SystemExit(f"{file} could not be written")


def take_pages(window: MainWindow, folder: Path) -> None:
    """Save the signed-in window page by page, the intake page in its stages."""
    take(window, folder, "intake-empty")
    fill_intake(window)
    take(window, folder, "intake")
    page = window.pages[PageId.INTAKE]
    page.perform(ActionId.INTAKE_WHY)
    take(window, folder, "intake-why")
    page.perform(ActionId.INTAKE_WHY)
    page.perform(ActionId.INTAKE_REFUSE)
    take(window, folder, "intake-refuse")
    page.perform(ActionId.DISMISS)
    for other in PageId:
        if other is not PageId.INTAKE:
            window.show_page(other)
            take(window, folder, other.value.replace("_", "-"))


def take_all(out: Path, *, few: bool) -> int:
    """Save the pictures and return how many folders of them there are."""
    app = create_application(["screenshots"])
    variants = [("vi", "light", SIZES[0])] if few else list(itertools.product(LANGUAGES, THEMES, SIZES))
    for language, theme, (width, height) in variants:
        folder = out if few else out / f"{language}-{theme}-{width}x{height}"
        folder.mkdir(parents=True, exist_ok=True)
        with sample_counter() as made:
            made.counter.preferences.set("ui.language", language)
            made.counter.preferences.set("ui.theme", theme)
            window = make_window(app, made.counter.preferences, preview_slip=preview_slip, list_printers=lambda: ())
            window.attach(OpenedDesk(counter=made.counter, print_queue=_NoPrinter()))
            window.resize(width, height)
            window.show()
            window.open_desk()
            take(window, folder, "sign-in")
            window.sign_in_page.signed_in.emit(made.counter.session.act_as("mai"))
            take_pages(window, folder)
            window.close()
    return len(variants)


def main() -> None:
    """Take the pictures the command line asks for."""
    parser = argparse.ArgumentParser(description="Pictures of every page")
    parser.add_argument("out", type=Path)
    parser.add_argument("--few", action="store_true", help="one language, one theme, one size")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sets = take_all(options.out, few=options.few)
    print(f"Pictures: {options.out} ({sets} x the pages)")


if __name__ == "__main__":
    main()
