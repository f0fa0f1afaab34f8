"""A pile separated straight from the feeder: kept page by page, routed while it runs, whole after every mishap."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from PIL import Image

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.document import DocumentSource, TrayReason
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.documents import Digitised
from counter_app.services.scanning import Cancel
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.escl_scanner import EsclScannerEmulator, running_scanner, wait_until
from tests.fakes.scanned_corpus import Kind, as_file, make_page


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def paper(seed: int) -> bytes:
    return jpeg(as_file(make_page(Kind.BLANK, seed, turned=0)))


def jpeg(png: bytes) -> bytes:
    target, picture = io.BytesIO(), Image.open(io.BytesIO(png))
    picture.convert("RGB").save(target, "JPEG", quality=90, dpi=picture.info.get("dpi", (200, 200)))
    return target.getvalue()


def receive(made: OpenCounter, number: int) -> str:
    return made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code


def slip(made: OpenCounter, code: str, seed: int) -> bytes:
    dossier = made.counter.lookup.get_dossier(code).dossier
    qr = made.counter.slip_checks.seal(dossier, Form.RECEIPT)
    return jpeg(as_file(make_page(Kind.SLIP, seed, code=qr, plain=code, turned=0)))


def placed(parts: Digitised) -> list[tuple[str, int]]:
    return [(view.dossier_code, view.document.content.pages) for view in parts.documents]


def load(scanner: EsclScannerEmulator, pages: list[bytes]) -> EsclScannerEmulator:
    scanner.pictures, scanner.sheets = pages, len(pages)
    return scanner


def test_groups_are_documents_while_the_feeder_runs_a_jam_keeps_the_rest_and_it_goes_on(made: OpenCounter) -> None:
    one, two = receive(made, 1), receive(made, 2)
    tray, scanning = made.counter.digitising.tray, made.counter.scanning
    pages = [paper(1), slip(made, one, 2), paper(3), slip(made, two, 4), paper(5), paper(6)]
    with running_scanner(load(EsclScannerEmulator(), pages)) as scanner, ThreadPoolExecutor(1) as pool:
        # The fifth page does not come yet: what the fourth closes is a document already.
        scanner.silent, scanner.silent_after, scanner.jam_after = Event(), 4, 6
        scanner.sheets += 1
        parts: list[Digitised] = []
        scanned = pool.submit(scanning.scan_pile, scanner.device, routed=parts.append)
        wait_until(lambda: len(parts) == 2, seconds=60)
        assert not scanned.done()
        assert placed(parts[1]) == [(one, 1)]
        assert parts[1].documents[0].document.source is DocumentSource.SCANNER
        scanner.silent.set()
        scan, digitised = scanned.result(timeout=60)

    assert scan.error is not None
    assert (scan.error.code, scan.pages) == ("scan.jammed", 6)
    assert placed(digitised) == [(one, 1)]
    assert [page.reason for page in digitised.tray] == [TrayReason.NO_CODE]
    # The last slip and what lay behind it are whole, and only they: nothing twice, nothing lost.
    assert len(tray.list_of_session(scan.id)) == 3
    told: list[tuple[int, int]] = []
    rest = scanning.piles.separate(scan.id, progressed=lambda *so_far: told.append(so_far))
    assert (placed(rest), told) == ([(two, 2)], [(1, 3), (2, 3), (3, 3)])
    assert tray.list_interrupted() == ()
    assert len(tray.list_waiting()) == 1
    assert made.counter.verification.verify().findings == ()
    (waiting,) = tray.list_waiting()
    assert made.counter.digitising.assign([waiting.id], two).document.content.pages == 1


def test_a_scan_that_is_stopped_keeps_what_was_not_settled_and_one_that_cannot_begin_says_so(made: OpenCounter) -> None:
    one = receive(made, 1)
    cancel, scanning = Cancel(), made.counter.scanning
    with running_scanner(load(EsclScannerEmulator(), [slip(made, one, 2), paper(3), paper(5)])) as scanner:
        scan, digitised = scanning.scan_pile(
            scanner.device, cancel=cancel, kept=lambda pages: cancel.say() if pages == 2 else None
        )
        assert digitised.documents == ()
        assert len(made.counter.digitising.tray.list_of_session(scan.id)) == scan.pages >= 2
        load(scanner, [])
        with pytest.raises(UserError, match=r"scan\.feeder_empty"):
            scanning.scan_pile(scanner.device)
    with pytest.raises(UserError, match=r"document\.no_pages"):
        scanning.piles.separate("nothing")
