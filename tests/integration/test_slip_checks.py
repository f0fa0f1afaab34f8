from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Dossier, Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.domain.slip_code import fingerprint_of, format_slip_code, key_id_of, parse_slip_code, signed_bytes
from counter_app.journal.chain import Signer
from counter_app.services.answers.dossiers import ScanKind
from counter_app.services.sample_data import LOGIN
from counter_app.services.slip_checks import key_text
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.slip_keys import a_foreign_key


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def receive(desk: OpenCounter) -> Dossier:
    return desk.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier


def test_slip_of_this_desk_is_genuine_and_leads_to_its_dossier(desk: OpenCounter) -> None:
    dossier = receive(desk)
    text = desk.counter.slip_checks.seal(dossier, Form.RECEIPT)

    check = desk.counter.slip_checks.check(text.lower())
    target = desk.counter.lookup.resolve_scan(f"{text}\r")

    assert (check.is_valid, check.code, check.is_known, check.notes) == (True, dossier.code, True, ())
    assert check.due_at is not None
    assert dossier.due is not None
    assert abs(check.due_at - dossier.due.due_at) < timedelta(minutes=1)
    assert (target.kind, target.dossier_code, target.is_slip) == (ScanKind.DOSSIER, dossier.code, True)


def test_equal_facts_are_sealed_alike_and_a_plain_form_has_no_seal(desk: OpenCounter) -> None:
    dossier = receive(desk)
    checks = desk.counter.slip_checks

    assert checks.seal(dossier, Form.RECEIPT) == checks.seal(dossier, Form.RECEIPT)
    assert checks.seal(dossier, Form.RECEIPT) != checks.seal(dossier, Form.SUPPLEMENT)
    assert checks.seal(dossier, Form.LABEL) == ""
    assert checks.seal(dossier, Form.RECEIPT, link="HTTPS://A.VN/S/").startswith("HTTPS://A.VN/S/QMC1:")


def test_plain_code_proves_nothing_and_says_so(desk: OpenCounter) -> None:
    dossier = receive(desk)

    check = desk.counter.slip_checks.check(dossier.code.lower())

    assert (check.is_valid, check.code, check.is_known) == (None, dossier.code, True)
    with pytest.raises(UserError, match="not_a_slip"):
        desk.counter.slip_checks.check("xin chào")


def forged(text: str, key_of: str) -> str:
    """Return the slip signed by a stranger: under the real key's name, or under the stranger's own."""
    signer, _key = a_foreign_key()
    slip = parse_slip_code(text)
    if key_of == "stranger":
        slip = msgspec.structs.replace(slip, key_id=key_id_of(signer.public_key))
    return format_slip_code(msgspec.structs.replace(slip, signature=signer.sign(signed_bytes(slip))))


def test_forged_and_unknown_slips_are_told_apart(desk: OpenCounter) -> None:
    text = desk.counter.slip_checks.seal(receive(desk), Form.RECEIPT)
    checks = desk.counter.slip_checks

    assert checks.check(forged(text, "desk")).reason == "slip.bad_signature"
    assert checks.check(forged(text, "stranger")).reason == "slip.unknown_key"
    assert checks.check(text[:-1]).reason == "slip.damaged"
    assert checks.check(text.replace("QMC1:", "QMC9:")).reason == "slip.newer_version"


def signed_by(signer: Signer, desk: OpenCounter, *, code: str = "H98.7-261123-0005") -> str:
    """Return a slip of another desk."""
    slip = parse_slip_code(desk.counter.slip_checks.seal(receive(desk), Form.RECEIPT))
    slip = msgspec.structs.replace(slip, code=code, key_id=key_id_of(signer.public_key))
    return format_slip_code(msgspec.structs.replace(slip, signature=signer.sign(signed_bytes(slip))))


def test_slip_signed_with_the_key_of_another_unit_is_refused(desk: OpenCounter) -> None:
    signer, key = a_foreign_key("H98.7")
    desk.counter.session.act_as()
    desk.counter.slip_checks.trust(key)

    text = signed_by(signer, desk, code="H99.14-261123-0005")

    assert desk.counter.slip_checks.check(text).reason == "slip.wrong_unit"


def test_trusted_desk_is_named_and_trusting_it_twice_changes_nothing(desk: OpenCounter) -> None:
    signer, key = a_foreign_key("H98.7")
    text = signed_by(signer, desk)
    assert desk.counter.slip_checks.check(text).reason == "slip.unknown_key"

    desk.counter.session.act_as()
    assert desk.counter.slip_checks.trust(f" {key.lower()} ") == "H98.7"
    entries = desk.counter.verification.verify().entries
    desk.counter.slip_checks.trust(key)

    check = desk.counter.slip_checks.check(text)
    assert (check.is_valid, check.unit_name, check.desk_name, check.is_known) == (True, "Xã Xa", "Quầy 9", False)
    assert desk.counter.verification.verify().entries == entries
    desk.counter.verification.rebuild()
    assert desk.counter.slip_checks.check(text).is_valid


def test_only_an_administrator_trusts_and_only_a_whole_key(desk: OpenCounter) -> None:
    _signer, key = a_foreign_key()
    desk.counter.session.act_as(LOGIN)
    with pytest.raises(UserError, match="not_allowed"):
        desk.counter.slip_checks.trust(key)
    desk.counter.session.act_as()
    changed = key[:30] + ("A" if key[30] != "A" else "B") + key[31:]
    for bad in (key[:-1], changed, key + "Â", "QMCKEY1:", "QMCKEY1:Đ", "x", "", key * 20):
        with pytest.raises(UserError, match="bad_key"):
            desk.counter.slip_checks.trust(bad)


@pytest.mark.parametrize("unit_code", ["", "H98.7\x1b", "H98 7", "7" * 41])
def test_key_for_a_unit_that_cannot_stand_in_a_code_is_refused(desk: OpenCounter, unit_code: str) -> None:
    _signer, key = a_foreign_key(unit_code)
    desk.counter.session.act_as()

    with pytest.raises(UserError, match="bad_key"):
        desk.counter.slip_checks.trust(key)


def test_names_in_a_key_steer_no_terminal_and_long_ones_fit(desk: OpenCounter) -> None:
    name = "Quầy tiếp nhận và trả kết quả " * 20
    signer, key = a_foreign_key("H98.7", desk_name=f"{name}\x1b]0;x\x07\u202e")
    text = signed_by(signer, desk)

    desk.counter.session.act_as()
    desk.counter.slip_checks.trust(key)

    assert desk.counter.slip_checks.check(text).desk_name == f"{name}]0;x"


def test_key_handed_over_again_by_a_renamed_desk_brings_its_new_name(desk: OpenCounter) -> None:
    signer, key = a_foreign_key("H98.7")
    renamed = key_text(
        unit_code="H98.7", unit_name="Phường Mới", desk_name="Q1", public_key=signer.public_key, sign=signer.sign
    )
    text = signed_by(signer, desk)

    desk.counter.session.act_as()
    desk.counter.slip_checks.trust(key)
    desk.counter.slip_checks.trust(renamed)

    check = desk.counter.slip_checks.check(text)
    assert (check.unit_name, check.desk_name) == ("Phường Mới", "Q1")
    assert desk.counter.verification.verify().is_sound
    desk.counter.verification.rebuild()
    assert desk.counter.slip_checks.check(text) == check


def test_own_key_is_held_already(desk: OpenCounter) -> None:
    entries = desk.counter.verification.verify().entries
    desk.counter.session.act_as()

    desk.counter.slip_checks.trust(desk.counter.slip_checks.own_key())

    assert desk.counter.verification.verify().entries == entries


def test_slip_from_a_desk_whose_clock_stood_years_back_still_reads(desk: OpenCounter) -> None:
    dossier = msgspec.structs.replace(receive(desk), code="H99.14-150102-0003")
    text = desk.counter.slip_checks.seal(dossier, Form.RECEIPT, due_at=datetime(2015, 1, 9, tzinfo=UTC))

    assert parse_slip_code(text).due_at == datetime(2015, 1, 9, tzinfo=UTC)


def test_slip_says_when_the_dossier_has_moved_on_since(desk: OpenCounter) -> None:
    dossier = receive(desk)
    assert dossier.due is not None
    earlier = desk.counter.slip_checks.seal(dossier, Form.RECEIPT, due_at=dossier.due.due_at - timedelta(days=1))
    renamed = msgspec.structs.replace(
        dossier, applicant=msgspec.structs.replace(dossier.applicant, full_name="Người Khác")
    )

    both = desk.counter.slip_checks.seal(renamed, Form.RECEIPT, due_at=dossier.due.due_at - timedelta(days=1))

    assert desk.counter.slip_checks.check(earlier).notes == ("slip.due_moved",)
    assert desk.counter.slip_checks.check(desk.counter.slip_checks.seal(renamed, Form.RECEIPT)).notes == (
        "slip.facts_changed",
    )
    assert desk.counter.slip_checks.check(both).notes == ("slip.facts_changed", "slip.due_moved")


@pytest.mark.parametrize(
    ("typed", "is_same"),
    [
        ("  nguyễn thị   TƯỞNG tượng ", True),
        ("Nguye\u0302\u0303n Thị Tưởng Tượng", True),
        ("Nguyễn Thị Tương Tượng", False),
    ],
)
def test_name_is_the_same_however_it_is_typed_but_not_with_other_marks(
    desk: OpenCounter, typed: str, is_same: bool
) -> None:
    dossier = receive(desk)
    other = msgspec.structs.replace(dossier, applicant=msgspec.structs.replace(dossier.applicant, full_name=typed))

    due = dossier.due.due_at if dossier.due else None

    assert (fingerprint_of(dossier, due) == fingerprint_of(other, due)) == is_same
