"""Single pages are scanned again, moved to where they belong, let go and brought back, and earlier versions stay."""

import io
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.document import ContentCause
from counter_app.domain.dossier import Outcome
from counter_app.journal.entries import DocumentRenewed, decode_body
from counter_app.journal.rebuild import iter_entries
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import DocumentView, NamedFile, PagePlace, ScanPlace
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.escl_scanner import EsclScannerEmulator, running_scanner
from tests.fakes.pdfa_validator import pdfa_problems

SMALL = '[{"id": "small", "name": "Thẻ", "source": "feeder", "mode": "grey", "dpi": 200, "paper": "card"%s}]'


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


@pytest.fixture
def scanner(made: OpenCounter) -> Iterator[EsclScannerEmulator]:
    with running_scanner() as one:
        settings = made.settings
        settings.set("scan.network.search", False)
        settings.set("scan.network.scanners", one.address)
        settings.set("scan.profiles", SMALL % "")
        settings.set("scan.profile", "small")
        yield one


def receive(made: OpenCounter, number: int = 0) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def sheet(number: int) -> Image.Image:
    """A page with as many thick bars side by side as its number."""
    picture = Image.new("L", (1654, 2339), 255)
    for bar in range(number):
        picture.paste(0, (250 + 300 * bar, 300, 350 + 300 * bar, 1800))
    return picture


def document(made: OpenCounter, code: str, pages: int) -> DocumentView:
    kept = io.BytesIO()
    first, *others = [sheet(number) for number in range(1, pages + 1)]
    first.save(kept, "TIFF", save_all=True, append_images=others, dpi=(200, 200))
    file = NamedFile(name="giấy.tif", data=kept.getvalue())
    return made.counter.digitising.attach([file], code, component=1).documents[0]


def numbers(made: OpenCounter, view: DocumentView) -> list[int]:
    """Return the pages by their bars, 0 for a page without."""
    found = []
    for number in range(1, view.document.content.pages + 1):
        drawn = made.counter.digitising.draw_page(view.document.id, number, longest=400)
        row = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.rgb).convert("L").tobytes()
        middle = [value < 128 for value in row[drawn.width * 180 : drawn.width * 181]]
        found.append(sum(dark and not before for before, dark in itertools.pairwise(middle)))
    return found


def test_a_page_scanned_again_takes_the_place_of_the_old_one(made: OpenCounter, scanner: EsclScannerEmulator) -> None:
    code = receive(made)
    before = document(made, code, 3)
    scanner.sheets = 5
    after = made.counter.scanning.rescan_page(scanner.device, before.document.id, 2)

    assert scanner.sheets == 4, "one sheet is asked for, the others stay in the feeder"
    assert (after.versions[-1].cause, after.document.content.pages) == (ContentCause.RESCANNED, 3)
    assert numbers(made, after)[::2] == [1, 3]
    card = made.counter.digitising.draw_page(after.document.id, 2, longest=70)
    assert card.width > card.height, "the old page stood upright"
    assert pdfa_problems(made.counter.digitising.read_file(after.document.id)) == []
    assert made.counter.digitising.tray.list_interrupted() == ()
    restored = made.counter.digitising.restore(after.document.id, 0)
    assert numbers(made, restored) == [1, 2, 3]


def test_nothing_is_scanned_for_a_page_that_is_not_there(made: OpenCounter, scanner: EsclScannerEmulator) -> None:
    view = document(made, receive(made), 2)
    with pytest.raises(UserError, match=r"document\.bad_pages"):
        made.counter.scanning.rescan_page(scanner.device, view.document.id, 3)

    assert scanner.settings == []


def test_a_page_moves_to_another_dossier_and_the_version_before_still_has_it(made: OpenCounter) -> None:
    here, other = receive(made), receive(made, 1)
    view = document(made, here, 3)
    moved = made.counter.page_repairs.move_pages(view.document.id, [2], other, component=2, reason="giấy của hồ sơ kia")
    left = made.counter.digitising.get(view.document.id)

    assert (moved.dossier_code, moved.document.component, numbers(made, moved)) == (other, 2, [2])
    assert numbers(made, left) == [1, 3]
    with made.desk.store.reading() as connection:
        bodies = [decode_body(entry.kind, entry.version, entry.body) for _position, entry in iter_entries(connection)]
    assert [body.reason for body in bodies if isinstance(body, DocumentRenewed)] == ["giấy của hồ sơ kia"]
    with pytest.raises(UserError, match=r"document\.reason_missing"):
        made.counter.page_repairs.move_pages(view.document.id, [1], other, reason=" ")
    assert numbers(made, made.counter.digitising.restore(view.document.id, 0)) == [1, 2, 3]
    assert made.counter.verification.verify().is_sound


def test_all_pages_or_none_or_others_are_not_moved(made: OpenCounter) -> None:
    here, other = receive(made), receive(made, 1)
    view = document(made, here, 2)
    for wanted in ([], [1, 2], [3], [0]):
        with pytest.raises(UserError, match=r"document\.bad_pages"):
            made.counter.page_repairs.move_pages(view.document.id, wanted, other, reason="nhầm")

    assert made.counter.digitising.list_of_dossier(other) == ()
    assert len(made.counter.digitising.get(view.document.id).versions) == 1


def test_a_split_is_there_whole_before_another_window_can_change_either_part(made: OpenCounter) -> None:
    view = document(made, receive(made), 3)

    def turn_first_page(_topics: object) -> None:
        stop()
        here = made.counter.digitising.get(view.document.id)
        places = [PagePlace(number=number, turned=2) for number in range(1, here.document.content.pages + 1)]
        made.counter.digitising.rearrange(here.document.id, places)

    stop = made.counter.announcer.subscribe(turn_first_page)
    made.counter.digitising.split(view.document.id, 1)

    documents = made.counter.digitising.list_of_dossier(view.dossier_code)
    assert sorted(page for one in documents for page in numbers(made, one)) == [1, 2, 3]
    assert len(made.counter.digitising.get(view.document.id).versions) == 3
    assert made.counter.verification.verify().is_sound


def test_a_pile_turned_by_hand_becomes_front_and_back_by_turns(made: OpenCounter, scanner: EsclScannerEmulator) -> None:
    code, scanning, tray = receive(made), made.counter.scanning, made.counter.digitising.tray
    made.settings.set("scan.profiles", SMALL % ', "turns_pile": true')
    place = ScanPlace(code=code, line=2)
    fronts = scanning.scan(scanner.device, place=place)
    scanner.sheets = 3
    backs = scanning.scan_backs(scanner.device, fronts.id, place=place)

    (waiting,) = tray.list_interrupted()
    assert (fronts.pages, backs.pages) == (3, 3)
    assert (waiting.likely_code, waiting.likely_line) == (code, 2)
    assert [tray.read_scanned(page).number for page in waiting.page_ids] == [1, 2, 3, 4, 5, 6]
    pictures = [tray.read_scanned(page).picture for page in waiting.page_ids]
    assert pictures[0::2] == pictures[1::2][::-1], "the backs came last sheet first"
    with pytest.raises(UserError, match=r"scan\.turns_pile"):
        scanning.scan_into(scanner.device, code)


def test_waiting_pages_are_let_go_and_brought_back_until_their_files_are_gone(made: OpenCounter) -> None:
    digitising = made.counter.digitising
    scan = digitising.begin_scan()
    for number in (1, 2):
        digitising.tray.capture(scan, ScannedPage(picture=f"page {number}".encode(), number=number, dpi=200))
    (waiting,) = digitising.tray.list_interrupted()
    discarded = digitising.tray.discard(waiting.page_ids)
    assert digitising.tray.list_interrupted() == ()
    digitising.tray.restore(discarded)
    assert digitising.tray.list_interrupted() == (waiting,)

    digitising.tray.discard(waiting.page_ids)
    for path in made.folder.vault.rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(EnvironmentFailure, match=r"vault\.missing"):
        digitising.tray.restore(discarded)
    with pytest.raises(UserError, match=r"document\.unknown_page"):
        digitising.tray.discard(waiting.page_ids)


def test_a_profile_put_together_at_the_desk_is_kept_and_a_locked_one_is_not(made: OpenCounter) -> None:
    scanning = made.counter.scanning
    standard = scanning.profiles().chosen
    scanning.choose_profile("glass")
    scanning.adjust_profile(scanning.profiles().chosen)

    assert scanning.profiles().chosen.id == "own"
    assert scanning.profiles().chosen.source == "flatbed"
    assert standard in scanning.profiles().profiles, "the others stay as they are"
