"""A runner hands in a pile for many communes: each dossier whole, one receipt, one bag for each destination."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.dossier import Outcome, ResultChannel, Status
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.domain.manifest import ManifestState
from counter_app.services.answers.bulk_intake import Batch, BulkLine
from counter_app.services.answers.intake import IntakeForm
from tests.fakes.desks import PASSPHRASE, PROCEDURE, DeskClock, person
from tests.fakes.manifests import holder, is_whole
from tests.fakes.posting import COMMUNE, WARD, by_post, posting_desk

RUNNER = msgspec.structs.replace(person(77), full_name="Đỗ Văn Chạy")


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with posting_desk(tmp_path, clock) as made:
        yield made


def a_batch(desk: OpenCounter, *forms: IntakeForm) -> Batch:
    begun = desk.counter.post.bulk.begin()
    lines = tuple(BulkLine(form=form) for form in forms)
    return msgspec.structs.replace(begun, submitter=RUNNER, authorisation="Giấy giới thiệu số 7", lines=lines)


def test_pile_becomes_dossiers_of_their_own_and_one_receipt_that_lists_them(desk: OpenCounter) -> None:
    bulk = desk.counter.post.bulk
    batch = a_batch(desk, by_post(1), by_post(2, WARD.code), IntakeForm(procedure_code=PROCEDURE), by_post(3))

    batch = bulk.receive(batch)

    assert [line.is_received for line in batch.lines] == [True, True, False, True]
    assert batch.lines[2].problem == "check.name_missing"
    fixed = msgspec.structs.replace(batch.lines[2], form=by_post(4))
    batch = bulk.receive(msgspec.structs.replace(batch, lines=(*batch.lines[:2], fixed, batch.lines[3])))
    end = bulk.end(batch)

    assert len(set(end.codes)) == 4
    first = desk.counter.lookup.get_dossier(end.codes[0]).dossier
    assert (first.submitter, first.authorisation) == (RUNNER, "Giấy giới thiệu số 7")
    assert first.due is not None
    assert end.print_job is not None
    slip = desk.counter.papers.get_data(end.print_job.id)
    assert isinstance(slip, SlipData)
    assert slip.form is Form.RECEIPT_BULK
    assert [line.code for line in slip.listed] == list(end.codes)
    assert [job.form for job in desk.counter.printing_jobs.list_open()] == [Form.RECEIPT_BULK]
    assert bulk.begin().lines == ()
    assert is_whole(desk)


def test_what_is_lacking_is_told_to_each_in_writing_and_stays_off_the_common_receipt(desk: OpenCounter) -> None:
    batch = a_batch(desk, by_post(1), by_post(2))
    asked = BulkLine(form=by_post(2), outcome=Outcome.SUPPLEMENT_ASKED)
    lacking = msgspec.structs.replace(asked, form=msgspec.structs.replace(asked.form, reason="Thiếu giấy chứng sinh"))
    batch = msgspec.structs.replace(batch, lines=(batch.lines[0], lacking))

    end = desk.counter.post.bulk.end(desk.counter.post.bulk.receive(batch))

    assert len(end.codes) == 2
    forms = [job.form for job in desk.counter.printing_jobs.list_open()]
    assert sorted(forms) == [Form.RECEIPT_BULK, Form.SUPPLEMENT]
    assert end.print_job is not None
    assert end.print_job.subject == end.codes[0]


def test_power_cut_between_two_lines_receives_none_of_them_twice(tmp_path: Path, clock: DeskClock) -> None:
    with posting_desk(tmp_path, clock) as desk:
        received = 0

        def cut(_batch: Batch) -> None:
            nonlocal received
            received += 1
            if received == 2:
                raise EnvironmentFailure("disk.full", retryable=True)

        with pytest.raises(EnvironmentFailure):
            desk.counter.post.bulk.receive(a_batch(desk, *map(by_post, range(4))), progressed=cut)
        folder = desk.folder

    with opened(folder, passphrase=PASSPHRASE, clock=clock) as desk:
        desk.counter.session.act_as()
        batch = desk.counter.post.bulk.begin()
        assert [line.is_received for line in batch.lines] == [True, True, False, False]
        assert batch.submitter == RUNNER
        with pytest.raises(UserError, match="batch_begun"):
            desk.counter.post.bulk.discard(batch)
        end = desk.counter.post.bulk.end(desk.counter.post.bulk.receive(batch))
        assert len(set(end.codes)) == 4
        assert len(desk.counter.lookup.list_recent(limit=50)) == 4
        assert is_whole(desk)


def test_batch_without_anything_is_no_batch(desk: OpenCounter) -> None:
    bulk = desk.counter.post.bulk

    for wrong in (bulk.receive, bulk.end):
        with pytest.raises(UserError, match="batch_empty"):
            wrong(bulk.begin())
    batch = a_batch(desk, *map(by_post, range(501)))
    with pytest.raises(UserError, match="batch_too_long"):
        bulk.receive(batch)
    kept = msgspec.structs.replace(batch, lines=batch.lines[:2])
    bulk.keep(kept)
    assert len(bulk.begin().lines) == 2
    bulk.discard(kept)
    assert bulk.begin().lines == ()


SHEET = """Danh sách hồ sơ,,,,,
Mã thủ tục,Chủ hồ sơ,Số định danh,Ngày sinh,Giới tính,Đơn vị giải quyết,Giấy tờ,Địa chỉ trả kết quả
1.001193,Nguyễn Thị Một,036199000001,01/02/1999,Nữ,H99.15,đủ,Thôn Một
1.001193,Nguyễn Văn Hai,,1999,Nam,H99.16,Tờ khai; Giấy chứng sinh,
1.001193,Nguyễn Văn Ba,,không rõ,Nam,H99.16,đủ,
,Nguyễn Văn Bốn,,1999,Nam,H99.16,đủ,
"""


def test_sheet_becomes_a_batch_row_by_row_and_is_not_received_a_second_time(desk: OpenCounter) -> None:
    data = SHEET.encode()
    bulk, digest = desk.counter.post.bulk, hashlib.sha256(data).hexdigest()
    read = desk.counter.post.bulk_files.read(data, bulk.begin(source=digest))

    batch = bulk.receive(read.batch)
    end = bulk.end(batch)

    assert [(line.row, line.problem) for line in read.unread] == [(5, "postal.row_unreadable")]
    assert [(line.row, line.problem) for line in batch.open_lines] == [(6, "check.procedure_missing")]
    one, two = (desk.counter.lookup.get_dossier(code).dossier for code in end.codes)
    assert (one.result_channel, one.delivery_address, one.applicant.birth_year) == (
        ResultChannel.POST, "Thôn Một", None,
    )  # fmt: skip
    assert str(one.applicant.birth_on) == "1999-02-01"
    assert all(paper.handed_in for paper in one.papers if paper.required)
    assert (two.applicant.birth_year, two.competent_unit_code) == (1999, "H99.16")
    assert {"Tờ khai", "Giấy chứng sinh"} <= {paper.name for paper in two.papers if paper.handed_in}
    with pytest.raises(UserError, match="batch_known"):
        bulk.begin(source=digest)


def test_bags_of_the_day_are_one_manifest_for_each_unit_with_numbers_that_count_on(desk: OpenCounter) -> None:
    bags = desk.counter.post.bags
    receive = desk.counter.intake.receive
    for_commune = [receive(by_post(number), Outcome.ACCEPTED).dossier.code for number in (1, 2)]
    for_ward = receive(by_post(3, WARD.code), Outcome.ACCEPTED).dossier.code
    receive(by_post(4, ""), Outcome.ACCEPTED)

    preview = bags.preview(first_number="T-09", first_seal="CH00199")

    assert [(bag.unit_code, bag.number, bag.seal) for bag in preview] == [
        (WARD.code, "T-09", "CH00199"),
        (COMMUNE.code, "T-10", "CH00200"),
    ]
    assert desk.counter.custody.list_all() == ()
    made = bags.make(preview)
    views = [desk.counter.custody.get(one.manifest_code) for one in made]
    assert [view.manifest.codes for view in views] == [(for_ward,), tuple(for_commune)]
    assert [(view.manifest.receiver, view.manifest.bag, view.manifest.seal) for view in views] == [
        (WARD.name, "T-09", "CH00199"),
        (COMMUNE.name, "T-10", "CH00200"),
    ]
    assert bags.preview() == ()
    desk.counter.custody.close(made[1].manifest_code)
    assert desk.counter.custody.get(made[1].manifest_code).state is ManifestState.CLOSED
    assert desk.counter.lookup.get_dossier(for_commune[0]).state.status is Status.IN_PROGRESS
    assert holder(desk, for_commune[0]) == COMMUNE.name
    assert is_whole(desk)


def test_bag_that_cannot_be_made_leaves_the_others_and_two_never_carry_one_seal(desk: OpenCounter) -> None:
    bags = desk.counter.post.bags
    for number, unit in enumerate((COMMUNE.code, WARD.code)):
        desk.counter.intake.receive(by_post(number, unit), Outcome.ACCEPTED)
    first, second = bags.preview()
    taken = bags.make([first])

    again = bags.make([first, second])

    assert [(one.problem, bool(one.manifest_code)) for one in again] == [("manifest.on_another", False), ("", True)]
    assert again[0].context["other"] == taken[0].manifest_code
    same = [msgspec.structs.replace(bag, seal="CH1") for bag in (first, second)]
    with pytest.raises(UserError, match="seal_twice"):
        bags.make(same)
