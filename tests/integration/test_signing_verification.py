"""Checking files of strangers: who signed, what was changed after, and whom this desk trusts."""

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.errors import AppError, UserError
from counter_app.signing.engine import run_bounded
from counter_app.signing.reports import Changes, Revocation, SignatureReport, Verdict
from counter_app.signing.signing import sign_pdf
from counter_app.signing.trust import TrustStore, read_trust
from counter_app.signing.verification import verify_pdf
from tests.fakes.authority import YEAR, Authority, Issued
from tests.fakes.signed_files import archive_pdf
from tests.fakes.signing_place import SIGNER, STAMP, SigningPlace, now, signing_place
from tests.fakes.token import PIN

TIMES = int(os.environ.get("COUNTER_APP_TORTURE", "1"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


class Shown(bytes):
    """A file whose content does not fill the message of a failed test."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


@pytest.fixture(scope="module")
def signed(place: SigningPlace) -> bytes:
    return Shown(sign_pdf(archive_pdf(), place.open(), now(), stamp=STAMP).pdf)


def sign_as(place: SigningPlace, issued: Issued, number: int, at: datetime | None = None) -> bytes:
    place.token.add(issued, number)
    session = place.module.open(PIN, at or now(), fingerprint=sha256(issued.der).hexdigest())
    return sign_pdf(archive_pdf(), session, at or now()).pdf


def only(pdf: bytes, trust: TrustStore, at: datetime | None = None, *, online: bool = False) -> SignatureReport:
    (report,) = verify_pdf(pdf, trust, at or now(), online=online).signatures
    return report


def covered(pdf: bytes) -> tuple[int, int]:
    """Return where the gap of the signature itself begins and ends."""
    numbers = pdf[pdf.index(b"/ByteRange") :].split(b"[")[1].split(b"]")[0].split()
    _, first, second, _ = (int(number) for number in numbers)
    return first, second


def test_a_signature_of_a_trusted_authority_is_valid_and_tells_who_and_when(place: SigningPlace, signed: bytes) -> None:
    report = only(signed, place.trust)

    assert report.verdict is Verdict.VALID
    assert report.signer is not None
    assert (report.signer.subject, report.signer.organisation) == (SIGNER, "UBND xã Thử Nghiệm")
    assert (report.is_intact, report.is_trusted, report.covers_whole_file) == (True, True, True)
    assert (report.level, report.changes_after) == ("B-B", Changes.NONE)
    assert report.reasons == ("signing.reason.no_time_stamp", "signing.reason.revocation_unknown")
    assert report.signed_at is not None
    assert abs(report.signed_at - now()) < timedelta(minutes=10)


def test_an_unknown_issuer_is_doubtful_never_valid(signed: bytes) -> None:
    stranger = TrustStore(roots=(Authority("CA khác").issued.der,))

    report = only(signed, stranger)

    assert (report.verdict, report.is_intact, report.is_trusted) == (Verdict.DOUBTFUL, True, False)
    assert report.reasons[0] == "signing.reason.unknown_issuer"
    assert verify_pdf(signed, TrustStore(), now()).notes == ("signing.note.no_roots",)


def test_a_forged_authority_of_the_same_name_is_not_believed(place: SigningPlace, signed: bytes) -> None:
    forged = TrustStore(roots=(Authority("CA gốc thử nghiệm").issued.der,))

    assert only(signed, forged).verdict is Verdict.DOUBTFUL


@settings(max_examples=40 * TIMES)
@given(place_of=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_one_byte_changed_anywhere_in_the_signed_part_is_found(
    place: SigningPlace, signed: bytes, place_of: int, flip: int
) -> None:
    first, second = covered(signed)
    at = place_of % (first + len(signed) - second)
    at = at if at < first else at - first + second
    altered = signed[:at] + bytes([signed[at] ^ flip]) + signed[at + 1 :]

    try:
        verdict = verify_pdf(altered, place.trust, now()).verdict
    except UserError:
        return  # so damaged that it is no PDF any more

    assert verdict in (Verdict.INVALID, Verdict.UNSIGNED)


def test_an_altered_content_says_so(place: SigningPlace, signed: bytes) -> None:
    at = signed.index(b"%", 5) + 2
    report = only(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :], place.trust)

    assert (report.verdict, report.is_intact) == (Verdict.INVALID, False)
    assert report.reasons[0] == "signing.reason.altered"


def test_a_page_swapped_by_an_addition_to_the_file_is_found(place: SigningPlace, signed: bytes) -> None:
    """The signed bytes are untouched: only looking at what was added afterwards can tell."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    target = BytesIO()
    writer.write(target)  # type: ignore[no-untyped-call]
    changed = target.getvalue()

    report = only(changed, place.trust)

    assert changed.startswith(signed)
    assert (report.verdict, report.is_intact, report.covers_whole_file) == (Verdict.INVALID, True, False)
    assert (report.changes_after, report.reasons[0]) == (Changes.OTHER, "signing.reason.changed_after")


def test_a_revoked_certificate_is_found_with_a_list_in_the_folder(place: SigningPlace) -> None:
    authority = place.authority
    issued = authority.issue("Phạm Thị Hồi")
    pdf = sign_as(place, issued, 10)
    clean = TrustStore(roots=place.trust.roots, revocation_lists=(authority.revocation_list(),))
    authority.revoke(issued, now() - timedelta(minutes=5))
    listed = TrustStore(roots=place.trust.roots, revocation_lists=(authority.revocation_list(),))

    before, after = only(pdf, clean), only(pdf, listed)

    assert (before.verdict, before.revocation) == (Verdict.VALID, Revocation.NOT_REVOKED)
    assert (after.verdict, after.revocation) == (Verdict.INVALID, Revocation.REVOKED)
    assert after.reasons[0] == "signing.reason.revoked"


def test_a_list_past_its_day_still_tells_of_a_revocation_but_no_longer_of_none(place: SigningPlace) -> None:
    authority = place.authority
    issued, other = authority.issue("Đỗ Văn Cũ"), authority.issue("Hồ Thị Còn")
    revoked_pdf, good_pdf = sign_as(place, issued, 11), sign_as(place, other, 12)
    authority.revoke(issued, now() - timedelta(days=20))
    old = authority.revocation_list(made=now() - timedelta(days=19), days=7)
    trust = TrustStore(roots=place.trust.roots, revocation_lists=(old,))

    revoked, good = only(revoked_pdf, trust), only(good_pdf, trust)

    assert (revoked.verdict, revoked.revocation) == (Verdict.INVALID, Revocation.REVOKED)
    assert (good.verdict, good.revocation) == (Verdict.VALID, Revocation.UNKNOWN)


def test_a_revocation_after_the_time_stamp_leaves_the_signature_valid(place: SigningPlace) -> None:
    issued = place.authority.issue("Vũ Thị Trước", crl_url=place.list_url)
    place.token.add(issued, 13)
    session = place.module.open(PIN, now(), fingerprint=sha256(issued.der).hexdigest())
    stamped = sign_pdf(archive_pdf(), session, now(), authority=place.stamps).pdf
    plain = sign_pdf(archive_pdf(), session, now()).pdf
    later = now() + timedelta(days=3)
    place.authority.revoke(issued, later - timedelta(days=1))
    lists = (place.authority.revocation_list(made=later - timedelta(hours=1)),)
    trust = TrustStore(roots=place.trust.roots, revocation_lists=lists)

    assert only(stamped, trust, later).verdict is Verdict.VALID
    assert only(plain, trust, later).reasons[0] == "signing.reason.revoked"


def test_the_line_is_asked_only_when_told_to(place: SigningPlace, signed: bytes) -> None:
    asked: list[str] = []

    class _Files(dict[str, bytes]):
        def get(self, path: str, default: bytes | None = None) -> bytes | None:  # type: ignore[override]
            asked.append(path)
            return super().get(path, default)

    kept, place.server.files = place.server.files, _Files(place.server.files)
    try:
        offline = only(signed, place.trust)
        assert asked == []
        online = only(signed, place.trust, online=True)
        stranger = only(signed, TrustStore(roots=(Authority("CA khác").issued.der,)), online=True)
        asked_of_stranger = len(asked)
    finally:
        place.server.files = kept

    assert (offline.revocation, online.revocation) == (Revocation.UNKNOWN, Revocation.NOT_REVOKED)
    assert set(asked) == {"/ca.crl"}
    assert stranger.verdict is Verdict.DOUBTFUL
    assert asked_of_stranger == len(asked)


def test_an_intermediate_in_the_folder_completes_the_way_to_the_root(place: SigningPlace) -> None:
    root = Authority("CA quốc gia thử nghiệm")
    middle = Authority("CA cấp hai thử nghiệm", root)
    pdf = sign_as(place, middle.issue("Ngô Văn Hai"), 14)

    alone = only(pdf, TrustStore(roots=(root.issued.der,)))
    helped = only(pdf, TrustStore(roots=(root.issued.der,), authorities=(middle.issued.der,)))
    not_a_root = only(pdf, TrustStore(authorities=(middle.issued.der,)))

    assert (alone.verdict, helped.verdict) == (Verdict.DOUBTFUL, Verdict.VALID)
    assert not_a_root.verdict is Verdict.DOUBTFUL


@pytest.mark.parametrize(("years", "reason"), [(3, "signing.reason.expired"), (-3, "signing.reason.not_yet_valid")])
def test_a_certificate_out_of_its_time_is_doubtful_with_the_reason(
    place: SigningPlace, signed: bytes, years: int, reason: str
) -> None:
    report = only(signed, place.trust, now() + years * YEAR)

    assert (report.verdict, report.reasons[0]) == (Verdict.DOUBTFUL, reason)


def test_an_older_kind_of_signature_is_not_accepted_and_not_called_damaged(place: SigningPlace, signed: bytes) -> None:
    older = signed.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")

    report = only(older, place.trust)

    assert (report.verdict, report.reasons) == (Verdict.INVALID, ("signing.reason.unsupported",))


def test_a_file_without_a_signature_is_unsigned_not_valid(place: SigningPlace) -> None:
    report = verify_pdf(archive_pdf(), place.trust, now())

    assert (report.verdict, report.signatures) == (Verdict.UNSIGNED, ())


@pytest.mark.parametrize("pdf", [b"", b"%PDF", b"hello", b"\x00" * 5000, b"%PDF-1.7\n%%EOF", b"startxref\n0\n%%EOF"])
def test_what_is_no_pdf_is_refused_in_a_sentence(pdf: bytes) -> None:
    with pytest.raises(UserError, match=r"signing\.(not_a_pdf|unreadable_pdf)"):
        verify_pdf(pdf, TrustStore(), now())


@settings(max_examples=120 * TIMES)
@given(data=st.data())
def test_a_mutilated_file_never_ends_in_anything_but_a_report_or_a_refusal(
    place: SigningPlace, signed: bytes, data: st.DataObject
) -> None:
    pdf = bytearray(signed)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(pdf) - 1))
        length = data.draw(st.integers(0, 400))
        match data.draw(st.sampled_from(["cut", "put", "double", "swap"])):
            case "cut":
                del pdf[at : at + length]
            case "put":
                pdf[at:at] = data.draw(st.binary(max_size=60))
            case "double":
                pdf[at:at] = pdf[at : at + length]
            case _:
                pdf[at : at + length] = bytes(reversed(pdf[at : at + length]))
        if not pdf:
            break

    try:
        report = verify_pdf(bytes(pdf), place.trust, now())
    except AppError:
        return

    assert report.verdict is not Verdict.VALID or bytes(pdf).startswith(signed) or _same_content(bytes(pdf), signed)


def _same_content(pdf: bytes, signed: bytes) -> bool:
    """Whether only the gap that holds the signature differs: its padding is not signed by anybody."""
    first, second = covered(signed)
    return pdf[:first] == signed[:first] and pdf[second:] == signed[second:]


@settings(max_examples=60 * TIMES)
@given(data=st.data())
def test_a_mutilated_signature_never_ends_in_anything_but_a_report(
    place: SigningPlace, signed: bytes, data: st.DataObject
) -> None:
    """Damage inside the certificate and the CMS structure, where ASN.1 is read."""
    first, second = covered(signed)
    pdf = bytearray(signed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(first + 1, min(second, first + 4000) - 2))
        pdf[at] = data.draw(st.sampled_from(b"0123456789abcdef"))

    (report,) = verify_pdf(bytes(pdf), place.trust, now()).signatures

    assert report.verdict is not Verdict.VALID or report.signer == only(signed, place.trust).signer


def test_work_without_an_end_is_stopped_and_its_thread_ends() -> None:
    def endless() -> int:
        count = 0
        while True:
            count += 1

    with pytest.raises(UserError, match="takes_too_long"):
        run_bounded(endless, seconds=0.2)

    assert [thread.name for thread in threading.enumerate() if thread.name == "signature-check"] == []


def test_a_page_tree_that_bites_its_own_tail_is_no_hang(place: SigningPlace, signed: bytes) -> None:
    loop = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>endobj\n"
        b"3 0 obj<</T(a)/Kids[3 0 R]>>endobj\n"
    )
    table = b"xref\n0 4\n0000000000 65535 f \n"
    for number in (1, 2, 3):
        table += b"%010d 00000 n \n" % loop.index(b"%d 0 obj" % number)
    pdf = loop + table + b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF" % len(loop)

    with pytest.raises(UserError, match="signing"):
        verify_pdf(pdf, place.trust, now(), seconds=10)
    with pytest.raises(UserError, match="signing"):
        sign_pdf(pdf, place.open(), now(), stamp=STAMP)


def test_a_file_over_the_bound_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counter_app.signing.verification.MOST_BYTES", 1000)

    with pytest.raises(UserError, match="pdf_too_large"):
        verify_pdf(b"%PDF-1.7" + bytes(1000), TrustStore(), now())


def test_the_trust_folder_tells_roots_from_helpers_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    root = Authority("CA quốc gia thử nghiệm")
    middle = Authority("CA cấp hai thử nghiệm", root)
    (tmp_path / "goc.cer").write_bytes(root.issued.der)
    (tmp_path / "chuoi.pem").write_bytes(root.issued.pem + middle.issued.pem)
    (tmp_path / "thu-hoi.crl").write_bytes(root.revocation_list())
    (tmp_path / "hong.crt").write_bytes(b"damaged")
    (tmp_path / "hong.crl").write_bytes(b"damaged")
    (tmp_path / "ghi-chu.txt").write_text("not looked at")

    trust = read_trust(tmp_path)

    assert set(trust.roots) == {root.issued.der}
    assert trust.authorities == (middle.issued.der,)
    assert trust.revocation_lists == ((tmp_path / "thu-hoi.crl").read_bytes(),)
    assert sorted(trust.unreadable) == ["hong.crl", "hong.crt"]
    assert read_trust(tmp_path, with_lists=False).revocation_lists == ()
    assert read_trust(tmp_path / "none") == TrustStore()
