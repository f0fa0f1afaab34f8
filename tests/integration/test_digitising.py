"""Papers become documents of the right dossier and line, and nothing of them is lost, mixed up or altered."""

import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, UserError
from counter_app.domain.component_sheet import component_code
from counter_app.domain.correction import facts_of
from counter_app.domain.document import ContentCause, TrayReason
from counter_app.domain.dossier import Outcome, Paper
from counter_app.domain.forms.kinds import Form
from counter_app.journal.rebuild import derived_digest
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import NamedFile, PagePlace
from counter_app.services.answers.intake import IntakeForm
from tests.fakes.desks import PROCEDURE, at_work, person, sample_desk
from tests.fakes.pdfa_validator import pdfa_problems
from tests.fakes.scanned_corpus import Kind, Made, as_file, make_page
from tests.fakes.signed_files import archive_pdf

FEW_LINES = (3, 4)
SCANNING = """
import sys, time
from pathlib import Path
from counter_app.core.paths import DataFolder
from counter_app.scanning.scanned import ScannedPage
from tests.fakes.desks import at_work

root = Path(sys.argv[1])
with at_work(DataFolder(root / "desk", state_root=root / "state")) as made:
    scan = made.counter.digitising.begin_scan()
    picture = Path(sys.argv[2]).read_bytes()
    for number in range(1, 200):
        made.counter.digitising.tray.capture(scan, ScannedPage(picture=picture, number=number, dpi=200))
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def receive(made: OpenCounter, number: int = 0) -> str:
    lines = tuple(Paper(name=f"Giấy thêm {place}", copy=1) for place in (1, 2, 3))
    form = IntakeForm(procedure_code=PROCEDURE, applicant=person(number), papers=lines)
    return made.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def line_names(made: OpenCounter, code: str) -> list[str]:
    return [paper.name for paper in made.counter.lookup.get_dossier(code).dossier.papers]


def file_of(page: Made, name: str = "quét.png") -> NamedFile:
    return NamedFile(name=name, data=as_file(page))


def text_of(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "out.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True).stdout


def slip_of(made: OpenCounter, code: str, seed: int, *, damage: str = "", turned: int = 0) -> NamedFile:
    dossier = made.counter.lookup.get_dossier(code).dossier
    qr = made.counter.slip_checks.seal(dossier, Form.RECEIPT)
    return file_of(make_page(Kind.SLIP, seed, code=qr, plain=code, damage=damage, turned=turned))


def test_a_leaning_paper_becomes_a_pdf_for_the_archive_whose_words_are_found(made: OpenCounter, tmp_path: Path) -> None:
    code = receive(made)
    page = make_page(Kind.SEAL, 5, turned=2, lines=(5, 6))
    (view,) = made.counter.digitising.attach([file_of(page)], code, component=2).documents
    pdf = made.counter.digitising.read_file(view.document.id)

    assert view.component_name == line_names(made, code)[1]
    assert view.document.facts.owner_id_number == person().id_number
    assert pdfa_problems(pdf) == []
    found = text_of(pdf, tmp_path).split()
    assert sum(word in found for word in page.words) > 0.9 * len(page.words)
    assert view.document.content.text_chars > 100


def test_documents_are_what_the_journal_says_and_verify_reads_every_file(made: OpenCounter) -> None:
    code = receive(made)
    page = file_of(make_page(Kind.SPARSE, 6, turned=0))
    first, second = made.counter.digitising.attach([page, page], code, component=1).documents
    made.counter.digitising.withdraw(first.document.id, "đưa nhầm dòng")
    made.counter.digitising.renew(second, b"%PDF-1.7 another", ContentCause.RESCANNED)
    with made.desk.store.reading() as connection:
        before = derived_digest(connection)
    made.counter.verification.rebuild()
    with made.desk.store.reading() as connection:
        assert derived_digest(connection) == before

    views = made.counter.digitising.list_of_dossier(code)
    assert [view.withdrawn_reason for view in views] == ["đưa nhầm dòng", ""]
    assert [version.cause for version in views[1].versions] == [None, ContentCause.RESCANNED]
    assert made.counter.digitising.read_file(second.document.id) == b"%PDF-1.7 another"
    assert made.counter.verification.verify().findings == ()
    kept = made.desk.folder.vault / made.desk.vault.name_of(views[0].document.content.sha256)[:2]
    for path in kept.iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    assert {finding.code for finding in made.counter.verification.verify().findings} == {"verify.paper_damaged"}


@pytest.mark.parametrize("kind", [Kind.SPARSE, Kind.SEAL])
def test_ink_is_dark_and_paper_is_light_in_the_file(made: OpenCounter, kind: Kind) -> None:
    (view,) = made.counter.digitising.attach([file_of(make_page(kind, 4, turned=0))], receive(made)).documents
    picture = made.counter.digitising.draw_page(view.document.id, 1, longest=200)

    assert sum(picture.rgb) / len(picture.rgb) > 200


def test_a_page_that_was_left_out_comes_back_with_the_version_before(made: OpenCounter) -> None:
    target = io.BytesIO()
    pictures = [Image.open(io.BytesIO(as_file(make_page(kind, 9, turned=0)))) for kind in (Kind.SPARSE, Kind.BLANK)]
    pictures[0].save(target, "TIFF", save_all=True, append_images=pictures[1:], dpi=(200, 200))
    digitising, told = made.counter.digitising, list[tuple[int, int]]()
    file = NamedFile(name="a.tif", data=target.getvalue())
    (view,) = digitising.attach([file], receive(made), progressed=lambda *pages: told.append(pages)).documents
    digitising.rearrange(view.document.id, [PagePlace(number=2)])
    restored = digitising.restore(view.document.id, 0)

    assert told == [(1, 2), (2, 2)]
    assert (restored.document.content.pages, restored.document.content.blank_pages) == (2, (2,))
    assert len(restored.versions) == 3
    assert digitising.draw_page(view.document.id, 2, longest=100, version=0).height == 100
    assert made.counter.verification.verify().findings == ()


def test_a_blank_page_is_flagged_and_kept(made: OpenCounter) -> None:
    target = io.BytesIO()
    pictures = [Image.open(io.BytesIO(as_file(make_page(kind, 9, turned=0)))) for kind in (Kind.SPARSE, Kind.BLANK)]
    pictures[0].save(target, "TIFF", save_all=True, append_images=pictures[1:], dpi=(200, 200))
    (view,) = made.counter.digitising.attach([NamedFile(name="a.tif", data=target.getvalue())], receive(made)).documents

    assert view.document.content.pages == 2
    assert view.document.content.blank_pages == (2,)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "document.unreadable_file"),
        (b"%PDF-1.7 not a real one", "document.unreadable_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "document.unreadable_file"),
        (b"GIF89a" + bytes(40), "document.unreadable_file"),
        (b"=HYPERLINK()", "document.unreadable_file"),
    ],
)
def test_a_file_that_is_no_paper_changes_nothing(made: OpenCounter, data: bytes, code: str) -> None:
    dossier = receive(made)
    good = file_of(make_page(Kind.SPARSE, 3, turned=0))
    with pytest.raises(UserError) as refused:
        made.counter.digitising.attach([good, NamedFile(name="x.pdf", data=data)], dossier)

    assert refused.value.code == code
    assert made.counter.digitising.list_of_dossier(dossier) == ()


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Pillow says of a file it reads all the same
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_spoilt_file_gets_past_the_reader_but_as_a_page_or_a_refusal(data: st.DataObject) -> None:
    from counter_app.scanning.reading import iter_file_pages

    whole = data.draw(st.sampled_from(_SMALL_FILES))
    spoilt = bytearray(whole)
    for place in data.draw(st.lists(st.integers(0, len(spoilt) - 1), max_size=12)):
        spoilt[place] = data.draw(st.integers(0, 255))
    del spoilt[data.draw(st.integers(len(spoilt) // 2, len(spoilt))) :]
    try:
        pages = list(iter_file_pages(bytes(spoilt), name="x"))
    except UserError:
        return
    assert all(found.page.width and found.page.height for found in pages)


def _small_file(kind: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(target, kind)
    return target.getvalue()


_SMALL_FILES = [_small_file(kind) for kind in ("PNG", "JPEG", "TIFF", "BMP", "PDF")]


def test_a_line_that_the_checklist_has_not_is_refused(made: OpenCounter) -> None:
    code = receive(made)
    beyond = len(line_names(made, code)) + 1
    with pytest.raises(UserError, match=r"document\.unknown_component"):
        made.counter.digitising.attach([file_of(make_page(Kind.SPARSE, 3))], code, component=beyond)


def test_a_pile_separates_itself_and_what_nobody_placed_waits_with_its_reason(made: OpenCounter) -> None:
    one, two = receive(made, 1), receive(made, 2)
    paper = [file_of(make_page(Kind.TEXT, seed, lines=FEW_LINES, turned=0)) for seed in range(40, 45)]
    sheet = file_of(make_page(Kind.SHEET, 3, code=component_code(2), turned=0))
    pile = [
        paper[0],
        slip_of(made, one, 1),
        paper[1],
        sheet,
        paper[2],
        slip_of(made, two, 2, turned=2),
        paper[3],
        file_of(make_page(Kind.SLIP, 3, code="H01.99-261123-0007", plain="H01.99-261123-0007", turned=0)),
        paper[4],
    ]
    routed = made.counter.digitising.route(pile)

    placed = [(view.dossier_code, view.document.component, view.document.content.pages) for view in routed.documents]
    assert placed == [(one, 0, 1), (one, 2, 1), (two, 0, 1)]
    assert [(page.number, page.reason) for page in routed.tray] == [
        (1, TrayReason.NO_CODE),
        (9, TrayReason.UNKNOWN_DOSSIER),
    ]
    assert routed.separators == 4


def test_a_slip_that_cannot_be_read_stops_the_pile_rather_than_mix_two_dossiers(made: OpenCounter) -> None:
    one, two = receive(made, 1), receive(made, 2)
    paper = [file_of(make_page(Kind.TEXT, seed, lines=FEW_LINES, turned=0)) for seed in (50, 51)]
    unreadable = file_of(make_page(Kind.SLIP, 8, plain="", turned=0))
    pile = [slip_of(made, one, 1), paper[0], unreadable, paper[1], slip_of(made, two, 4)]
    routed = made.counter.digitising.route(pile)

    assert [view.dossier_code for view in routed.documents] == [one]
    (waiting,) = routed.tray
    assert waiting.reason is TrayReason.DOUBTFUL_SLIP
    assert waiting.likely_code == one


def test_the_clerk_places_what_waits_and_it_waits_no_more(made: OpenCounter) -> None:
    code = receive(made)
    routed = made.counter.digitising.route([file_of(make_page(Kind.TEXT, 60, lines=FEW_LINES, turned=0))] * 2)
    ids = [page.id for page in routed.tray]
    view = made.counter.digitising.assign(ids[::-1], code, component=3)

    assert view.document.content.pages == 2
    assert view.component_name == line_names(made, code)[2]
    assert made.counter.digitising.tray.list_waiting() == ()
    with pytest.raises(UserError, match=r"document\.unknown_page"):
        made.counter.digitising.assign(ids, code)


def test_pages_scanned_before_a_kill_are_all_there_and_become_a_document(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as made:
        code = receive(made)
    picture = tmp_path / "page.png"
    picture.write_bytes(as_file(make_page(Kind.SPARSE, 2, turned=0)))
    with subprocess.Popen(
        [sys.executable, "-c", SCANNING, str(tmp_path), str(picture)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _page in range(3)]
        child.kill()
        said += [line for line in child.stdout if line.endswith("\n")]
    with at_work(folder) as made:
        (scan,) = made.counter.digitising.tray.list_interrupted()
        assert len(made.counter.digitising.tray.list_of_session(scan.id)) >= len(said)
        view = made.counter.digitising.finish_scan(scan.id, code)
        assert view is not None
        assert view.document.content.pages >= len(said)
        assert made.counter.digitising.tray.list_interrupted() == ()
        assert made.counter.verification.verify().findings == ()


def test_two_windows_that_put_the_same_pages_away_make_one_document(made: OpenCounter) -> None:
    code = receive(made)
    routed = made.counter.digitising.route([file_of(make_page(Kind.TEXT, 61, lines=FEW_LINES, turned=0))] * 2)
    ids = [page.id for page in routed.tray]
    begun, answers = threading.Barrier(2), []

    def assign() -> None:
        begun.wait()
        try:
            answers.append(made.counter.digitising.assign(ids, code).document.id)
        except UserError as error:
            answers.append(error.code)

    both = [threading.Thread(target=assign) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    (document,) = made.counter.digitising.list_of_dossier(code)
    assert sorted(answers) == sorted([document.document.id, "document.unknown_page"])


def test_what_was_made_of_an_older_version_never_replaces_a_newer_one(made: OpenCounter) -> None:
    code = receive(made)
    page = file_of(make_page(Kind.SPARSE, 7, turned=0))
    (seen,) = made.counter.digitising.attach([page], code, component=1).documents
    newer = made.counter.digitising.rearrange(seen.document.id, [PagePlace(number=1, turned=1)])

    with pytest.raises(UserError, match=r"document\.changed_meanwhile"):
        made.counter.digitising.renew(seen, b"%PDF-1.7 signed", ContentCause.SIGNED)
    assert made.counter.digitising.get(seen.document.id) == newer
    made.counter.digitising.withdraw(seen.document.id, "quét nhầm")
    with pytest.raises(UserError, match=r"document\.withdrawn"):
        made.counter.digitising.renew(newer, b"%PDF-1.7 signed", ContentCause.SIGNED)


def test_a_file_that_only_looks_signed_is_made_fit_for_the_archive(made: OpenCounter) -> None:
    code = receive(made)
    data = archive_pdf() + b"\n% /ByteRange [0 1 2 3] /Type /Sig\n"
    (view,) = made.counter.digitising.attach([NamedFile(name="a.pdf", data=data)], code).documents

    assert not view.document.content.is_signed
    assert not view.document.content.is_original
    assert pdfa_problems(made.counter.digitising.read_file(view.document.id)) == []


def test_a_document_stays_with_its_line_when_a_correction_moves_or_takes_away_lines(made: OpenCounter) -> None:
    code = receive(made)
    names = line_names(made, code)
    pdf = NamedFile(name="a.pdf", data=archive_pdf())
    kept, lost = (made.counter.digitising.attach([pdf], code, component=n).documents[0] for n in (3, 1))
    facts = facts_of(made.counter.lookup.get_dossier(code).dossier)
    after = msgspec.structs.replace(facts, papers=facts.papers[1:])
    made.counter.corrections.correct(code, before=facts, after=after, reason="dòng thừa")

    now = [made.counter.digitising.get(view.document.id) for view in (kept, lost)]
    assert line_names(made, code) == names[1:]
    assert [(view.document.component, view.component_name) for view in now] == [(2, names[2]), (0, names[0])]


def test_a_cancelled_batch_attaches_nothing(made: OpenCounter) -> None:
    code = receive(made)
    began = time.monotonic()
    done = made.counter.digitising.attach(
        [file_of(make_page(Kind.SPARSE, 3))] * 3, code, is_cancelled=lambda: time.monotonic() > began
    )
    assert done.documents == ()
    assert made.counter.digitising.list_of_dossier(code) == ()


def test_capture_is_durable_before_the_next_page(made: OpenCounter) -> None:
    scan = made.counter.digitising.begin_scan()
    for number in (1, 2):
        page_id = made.counter.digitising.tray.capture(scan, ScannedPage(picture=b"raw", number=number, dpi=300))
        assert made.counter.digitising.tray.read_scanned(page_id).picture == b"raw"
    assert len(made.counter.digitising.tray.list_of_session(scan)) == 2


def test_nobody_signed_in_attaches_nothing(made: OpenCounter) -> None:
    code = receive(made)
    made.counter.session.sign_out()
    with pytest.raises(AppError):
        made.counter.digitising.attach([file_of(make_page(Kind.SPARSE, 3))], code)


def test_a_photo_of_a_telephone_becomes_a_document(made: OpenCounter) -> None:
    from pillow_heif import from_pillow

    page = make_page(Kind.SPARSE, 3, turned=0, lines=(3, 4))
    kept = io.BytesIO()
    photo = Image.open(io.BytesIO(as_file(page))).convert("RGB").resize((1240, 1754))
    from_pillow(photo).save(kept, format="HEIF", quality=80)
    file = NamedFile(name="IMG_0001.HEIC", data=kept.getvalue())
    cut = NamedFile(name="IMG_0002.HEIC", data=kept.getvalue()[: len(kept.getvalue()) // 2])
    code = receive(made)
    (view,) = made.counter.digitising.attach([file], code, component=1).documents

    assert view.document.content.pages == 1
    assert view.document.content.text_chars > 20, "its words are read"
    with pytest.raises(UserError, match=r"document\.unreadable_file"):
        made.counter.digitising.attach([cut], code)
