"""A scripted clerk digitises files and a stray page at a real window, by keys alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Program
from tests.e2e.screen import wait_for
from tests.e2e.test_counter_day import Clerk, clerk_at
from tests.fakes.scanned_corpus import Kind, as_file, make_page

LONG_S = 90

pytestmark = [pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    desk = Program(tmp_path / "data")
    desk.ask("demo", "--dossiers", "2")
    with clerk_at(desk) as one:
        yield one


def choose_file(clerk: Clerk, keys: str, path: Path) -> None:
    """Press a key that asks for files, and type the path."""
    clerk.screen.press(keys)
    clerk.screen.wait_until_still()
    clerk.screen.type(str(path))
    clerk.screen.press("Return")


def wait_for_documents(clerk: Clerk, code: str, count: int, *keys: str) -> list[dict[str, Any]]:
    """Look until they are there; press keys before each look, as a person does again when nothing came of them."""

    def are_there() -> list[dict[str, Any]] | None:
        if keys:
            clerk.screen.press(*keys)
            clerk.screen.wait_until_still()
        found: list[dict[str, Any]] = clerk.desk.ask("show", code)["documents"]
        return found if len(found) == count else None

    return wait_for(f"{count} documents", are_there, seconds=LONG_S)


def test_clerk_attaches_a_file_and_places_a_stray_page_by_keys(clerk: Clerk, tmp_path: Path) -> None:
    papers = tmp_path / "giay.png", tmp_path / "tap.png"
    for seed, path in enumerate(papers, start=1):
        path.write_bytes(as_file(make_page(Kind.SPARSE, seed, turned=0, lines=(2, 3))))
    code = str(clerk.desk.ask("list")[0]["code"])
    clerk.open_window()
    clerk.sign_in()
    clerk.screen.wait_until_still()
    clerk.screen.press("ctrl+7")
    clerk.screen.wait_until_still()
    clerk.screen.press("F3")
    clerk.screen.type(code)
    clerk.screen.press("Return")
    clerk.screen.wait_until_still()
    choose_file(clerk, "ctrl+o", papers[0])
    (first,) = wait_for_documents(clerk, code, 1)
    clerk.screen.wait_until_still()
    choose_file(clerk, "F8", papers[1])
    second = wait_for_documents(clerk, code, 2, "F4", "End", "F6", "ctrl+Return")[-1]

    assert (first["pages"], second["pages"]) == (1, 1)
    assert first["component"] == 1
    assert second["component"] is None, "the last line of the list is for papers outside the checklist"
