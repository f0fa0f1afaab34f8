"""A desk without any line: made from a file, at work at once, admitted by a claim that goes by stick or later line."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter, opened
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Status
from counter_app.journal.chain import Signer
from counter_app.province.authority import open_authority
from counter_app.province.service import Province
from counter_app.services.enrolling import read_invitation
from counter_app.services.open_desk import IDENTITY, read_local
from counter_app.sync.enrolling import VOUCHING, EnrolmentFile, ends_at, make_line_key
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.roster import read_claim, sign_claim
from tests.fakes.desks import PASSPHRASE, START, DeskClock
from tests.fakes.exchanging import ADMIN
from tests.fakes.province import admit
from tests.fakes.province_desks import enrolment, is_sound, made_from, receive


def test_a_desk_made_from_a_file_works_at_once_and_is_admitted_by_stick_or_by_line(
    province: Province, tmp_path: Path
) -> None:
    for way in ("stick", "line"):
        root = tmp_path / way
        root.mkdir()
        code = enrolment(province, root / "enrolment")
        invitation = read_invitation(root / "enrolment", code=code.lower())
        with opened(made_from(invitation, root), passphrase=PASSPHRASE, clock=DeskClock()) as desk:
            desk.counter.session.act_as(ADMIN)
            received = receive(desk)
            if way == "stick":
                _carry_claim(desk, province, root)
                with pytest.raises(EnvironmentFailure, match="code_used"):
                    admit(province, code=code)
            assert desk.counter.province_line.exchange().pushed > 0
            assert province.show_dossier(received).status is Status.RECEIVED
            assert desk.counter.lookup.get_dossier(received).ticks.province
            with pytest.raises(UserError, match="no_claim"):
                desk.counter.province_line.enrolling.write_claim(root / "late")
            assert is_sound(desk)


def _carry_claim(desk: OpenCounter, province: Province, root: Path) -> None:
    enrolling = desk.counter.province_line.enrolling
    claim, answer = root / "claim", root / "answer"
    enrolling.write_claim(claim)
    with pytest.raises(UserError, match="file_exists"):
        enrolling.write_claim(claim)
    _key, request = make_line_key()
    changed = msgspec.structs.replace(read_claim(claim.read_bytes()), request=request)
    with pytest.raises(UserError, match="bad_claim"):  # whoever carries it gets no certificate in the desk's name
        province.claim(sign_claim(changed, Signer(Signer.generate()[1]).sign), is_carried=True)
    answer.write_bytes(province.claim(claim.read_bytes(), is_carried=True))
    wrong = root / "wrong"
    for data in (b"", b"\xc1", claim.read_bytes(), answer.read_bytes()[:-40]):
        wrong.write_bytes(data)
        with pytest.raises(UserError, match="bad_admission"):
            enrolling.take_admission(wrong)
    # The same claim again has the same effect: its first answer may have been lost.
    answer.write_bytes(province.claim(claim.read_bytes(), is_carried=True))
    enrolling.take_admission(answer)


def test_a_file_that_was_altered_or_is_of_another_province_makes_nothing(province: Province, tmp_path: Path) -> None:
    path = tmp_path / "enrolment"
    code = enrolment(province, path)
    other = enrolment(province, tmp_path / "other")
    with pytest.raises(EnvironmentFailure, match="line_untrusted"):
        read_invitation(path, code=other)
    good = read_invitation(path)
    late = good._replace(enrolment=msgspec.structs.replace(good.enrolment, expires_at=START))
    with pytest.raises(UserError, match="enrolment_expired"):
        made_from(late, tmp_path / "late")
    assert not DataFolder(tmp_path / "late" / "desk", state_root=tmp_path / "late" / "state").store.exists()
    file = msgspec.msgpack.decode(path.read_bytes(), type=EnrolmentFile)
    stranger = open_authority(_made(tmp_path / "stranger"))
    forged = msgspec.structs.replace(file, authority=stranger.pem, proof=stranger.vouch(file.enrolment))
    unproved = msgspec.structs.replace(file, enrolment=file.enrolment[:-1] + b" ")
    assert VOUCHING not in file.enrolment
    for data in (b"", path.read_bytes()[:-1], *map(msgspec.msgpack.encode, (forged, unproved))):
        path.write_bytes(data)
        with pytest.raises(AppError, match=r"bad_enrolment|line_untrusted"):
            read_invitation(path, code=code)
    with pytest.raises(UserError, match="no_such_file"):
        read_invitation(tmp_path / "missing")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_certificate_is_renewed_in_its_last_year_and_never_for_a_revoked_desk(
    province: Province, tmp_path: Path
) -> None:
    enrolment(province, tmp_path / "enrolment")
    folder = made_from(read_invitation(tmp_path / "enrolment"), tmp_path)
    certificates, desk_id = [], ""
    for years in (0, 8, 9.5, 9.5):
        clock = DeskClock(START + timedelta(days=365 * years))
        with opened(folder, passphrase=PASSPHRASE, clock=clock) as desk:
            desk.counter.province_line.exchange()
            desk_id = desk.desk.desk.id
            certificates.append(identity_of(desk).certificate)
    first, second, third, fourth = certificates
    assert first == second
    assert third != second
    assert ends_at(third) >= ends_at(second)
    assert fourth != third  # by that clock it is in its last year again
    province.revoke(desk_id)
    with pytest.raises(UserError, match="desk_revoked"):
        province.renew(desk_id, make_line_key()[1])
    with pytest.raises(UserError, match="not_admitted"):
        province.renew("", make_line_key()[1])


def identity_of(desk: OpenCounter) -> LineIdentity:
    with desk.desk.store.reading() as connection:
        return msgspec.msgpack.decode(read_local(connection, IDENTITY) or b"", type=LineIdentity)
