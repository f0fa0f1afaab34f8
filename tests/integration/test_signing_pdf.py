"""Signing with a real token, read back by poppler's pdfsig and veraPDF."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from counter_app.core.clock import SystemClock, to_local
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.signing.certificates import load_certificate
from counter_app.signing.reports import Changes, Revocation, SignatureKind, Verdict
from counter_app.signing.signing import Level, SignState, iter_signed, sign_pdf
from counter_app.signing.stamp import Corner, Stamp
from counter_app.signing.time_stamps import TimeStampAuthority
from counter_app.signing.tokens import Token, TokenModule
from counter_app.signing.upgrading import upgrade_pdf
from counter_app.signing.verification import verify_pdf
from tests.fakes.authority import Authority, Issued
from tests.fakes.pdfa_validator import pdfa_problems
from tests.fakes.signed_files import archive_pdf, page_text, pdfsig
from tests.fakes.signing_place import SIGNER, STAMP, SigningPlace, now, signing_place
from tests.fakes.token import MODULE, PIN, SoftToken, token_folder

ACCEPTED = ["Signature is Valid.", "Certificate is Trusted."]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


@pytest.fixture
def token(place: SigningPlace) -> Iterator[Token]:
    session = place.open()
    yield session
    session.close()


def test_an_offline_signature_is_accepted_by_pdfsig_and_stays_an_archive_file(
    place: SigningPlace, token: Token, tmp_path: Path
) -> None:
    signed = sign_pdf(archive_pdf(), token, now(), stamp=STAMP)

    assert (signed.level, signed.remarks, signed.signer.subject) == (Level.B, (), SIGNER)
    assert pdfsig(signed.pdf, [place.authority], tmp_path / "nss") == ACCEPTED
    assert pdfa_problems(signed.pdf) == []


def test_the_mark_says_who_for_which_unit_and_when_in_vietnamese_time(token: Token) -> None:
    at = now()

    said = page_text(sign_pdf(archive_pdf(), token, at, stamp=STAMP).pdf)

    assert f"Người ký: {SIGNER}" in said
    assert "Cơ quan: UBND xã Thử Nghiệm" in said
    assert f"Thời gian ký: {to_local(at):%d/%m/%Y %H:%M}" in said


def test_an_invisible_signature_leaves_the_page_as_it_was(place: SigningPlace, token: Token, tmp_path: Path) -> None:
    signed = sign_pdf(archive_pdf(), token, now())

    assert page_text(signed.pdf) == page_text(archive_pdf())
    assert pdfsig(signed.pdf, [place.authority], tmp_path / "nss") == ACCEPTED
    assert pdfa_problems(signed.pdf) == []


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_is_signed_and_stays_an_archive_file(token: Token, rotation: int) -> None:
    pdf = archive_pdf(rotation=rotation)

    signed = sign_pdf(pdf, token, now(), stamp=STAMP)

    assert f"Người ký: {SIGNER}" in page_text(signed.pdf)
    assert rotation != 90 or pdfa_problems(signed.pdf) == []


def test_a_time_stamp_makes_it_b_t(place: SigningPlace, token: Token, tmp_path: Path) -> None:
    signed = sign_pdf(archive_pdf(), token, now(), stamp=STAMP, authority=place.stamps)

    (report,) = verify_pdf(signed.pdf, place.trust, now()).signatures
    assert (signed.level, signed.remarks, report.level) == (Level.T, (), "B-T")
    assert report.proved_at is not None
    assert abs(report.proved_at - now()) < timedelta(minutes=2)
    assert report.time_stamp_by == "Dấu thời gian thử nghiệm"
    assert pdfsig(signed.pdf, [place.authority], tmp_path / "nss") == ACCEPTED


def test_a_silent_or_confused_time_stamp_authority_costs_the_stamp_not_the_signature(
    place: SigningPlace, token: Token
) -> None:
    place.server.broken = True
    try:
        signed = sign_pdf(archive_pdf(), token, now(), authority=TimeStampAuthority(place.server.url))
    finally:
        place.server.broken = False
    nowhere = sign_pdf(archive_pdf(), token, now(), authority=TimeStampAuthority("http://127.0.0.1:9/"))
    no_address = sign_pdf(archive_pdf(), token, now(), authority=TimeStampAuthority("file:///etc/hostname"))

    for one in (signed, nowhere, no_address):
        assert (one.level, one.remarks) == (Level.B, ("signing.remark.no_time_stamp",))
        assert verify_pdf(one.pdf, place.trust, now()).verdict is Verdict.VALID


def test_two_people_sign_one_after_the_other_and_both_hold(place: SigningPlace, token: Token, tmp_path: Path) -> None:
    once = sign_pdf(archive_pdf(), token, now(), stamp=STAMP)
    other = place.authority.issue("Trần Văn Mẫu")
    place.token.add(other, 4)
    session = place.module.open(PIN, now(), fingerprint=_fingerprint(other.der))
    twice = sign_pdf(once.pdf, session, now(), stamp=Stamp(name="Trần Văn Mẫu", unit="UBND xã Thử Nghiệm"))

    report = verify_pdf(twice.pdf, place.trust, now())
    assert twice.pdf.startswith(once.pdf)
    assert report.verdict is Verdict.VALID
    assert [one.changes_after for one in report.signatures] == [Changes.ENTRIES, Changes.NONE]
    assert pdfsig(twice.pdf, [place.authority], tmp_path / "nss") == ACCEPTED * 2
    assert page_text(twice.pdf).count("Người ký:") == 2
    assert pdfa_problems(twice.pdf) == []


def test_what_was_signed_offline_is_upgraded_later_without_the_token(
    place: SigningPlace, token: Token, tmp_path: Path
) -> None:
    signed = sign_pdf(archive_pdf(), token, now(), stamp=STAMP).pdf

    stamped = upgrade_pdf(signed, place.trust, now(), authority=place.stamps, long_term=False)
    complete = upgrade_pdf(stamped.pdf, place.trust, now(), authority=place.stamps, long_term=True)

    assert (stamped.level, complete.level, complete.remarks) == (Level.T, Level.LT, ())
    assert complete.pdf.startswith(stamped.pdf)
    report = verify_pdf(complete.pdf, place.trust, now())
    assert report.verdict is Verdict.VALID
    assert [one.kind for one in report.signatures] == [SignatureKind.SIGNATURE, SignatureKind.TIME_STAMP]
    assert pdfsig(complete.pdf, [place.authority], tmp_path / "nss")[:2] == ACCEPTED
    assert pdfa_problems(complete.pdf) == []


def test_a_complete_signature_holds_years_after_its_certificate_without_a_line(
    place: SigningPlace, tmp_path: Path
) -> None:
    """B-LT: the certificate ends in two days; a year later it is B-B that is in doubt, not B-LT."""
    brief = place.authority.issue("Lê Thị Ngắn", end=now() + timedelta(days=2), crl_url=place.list_url)
    place.token.add(brief, 5)
    session = place.module.open(PIN, now(), fingerprint=_fingerprint(brief.der))
    signed = sign_pdf(archive_pdf(), session, now()).pdf
    complete = upgrade_pdf(signed, place.trust, now(), authority=place.stamps, long_term=True).pdf
    later = now() + timedelta(days=200)

    (in_doubt,) = verify_pdf(signed, place.trust, later).signatures
    person, _ = verify_pdf(complete, place.trust, later).signatures

    assert (in_doubt.verdict, in_doubt.reasons[0]) == (Verdict.DOUBTFUL, "signing.reason.expired")
    assert (person.verdict, person.level) == (Verdict.VALID, "B-LT")


def _fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def test_an_upgrade_without_the_line_says_so_and_loses_nothing(place: SigningPlace, token: Token) -> None:
    signed = sign_pdf(archive_pdf(), token, now(), authority=place.stamps).pdf
    kept = place.server.files.pop("/ca.crl")
    try:
        same = upgrade_pdf(signed, place.trust, now(), authority=place.stamps, long_term=True)
    finally:
        place.server.files["/ca.crl"] = kept

    assert (same.level, same.pdf, same.remarks) == (Level.T, signed, ("signing.remark.no_revocation_data",))
    unstamped, nobody = sign_pdf(archive_pdf(), token, now()).pdf, TimeStampAuthority("http://127.0.0.1:9/")
    with pytest.raises(EnvironmentFailure, match="time_stamp_unreachable"):
        upgrade_pdf(unstamped, place.trust, now(), authority=nobody, long_term=False)


def test_what_is_not_signed_or_was_altered_is_not_upgraded(place: SigningPlace, token: Token) -> None:
    signed = sign_pdf(archive_pdf(), token, now()).pdf

    for pdf, code in ((archive_pdf(), "signing.not_signed"), (_altered(signed), "signing.not_intact")):
        with pytest.raises(UserError, match=code):
            upgrade_pdf(pdf, place.trust, now(), authority=place.stamps, long_term=True)


def _altered(pdf: bytes) -> bytes:
    """Change one byte of the comment that every PDF begins with."""
    place = pdf.index(b"%", 5) + 2
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def test_a_batch_signs_each_on_its_own_and_one_bad_file_stops_nobody(place: SigningPlace, token: Token) -> None:
    good = archive_pdf()

    outcomes = list(
        iter_signed([("a", good), ("b", b"%PDF-1.7 no more"), ("c", good)], token, SystemClock(), stamp=STAMP)
    )

    assert [(one.name, one.state) for one in outcomes] == [
        ("a", SignState.SIGNED),
        ("b", SignState.FAILED),
        ("c", SignState.SIGNED),
    ]
    assert outcomes[1].error is not None
    assert outcomes[1].error.code == "signing.not_a_pdf"
    verdicts = [verify_pdf(one.signed.pdf, place.trust, now()).verdict for one in outcomes if one.signed]
    assert verdicts == [Verdict.VALID, Verdict.VALID]


def test_a_batch_does_not_wait_twice_for_a_silent_time_stamp_authority(place: SigningPlace, token: Token) -> None:
    silent = TimeStampAuthority(place.server.url)
    place.server.broken = True
    asked = place.server.asked
    try:
        outcomes = list(
            iter_signed([(str(n), archive_pdf()) for n in range(4)], token, SystemClock(), authority=silent)
        )
    finally:
        place.server.broken = False

    assert [one.state for one in outcomes] == [SignState.SIGNED] * 4
    assert [one.signed.remarks for one in outcomes if one.signed] == [("signing.remark.no_time_stamp",)] * 4
    assert place.server.asked == asked + 1


def test_a_token_pulled_in_the_middle_of_a_batch_says_which_are_signed(tmp_path: Path) -> None:
    authority = Authority("CA gốc thử nghiệm")
    with token_folder(tmp_path / "hsm") as folder:
        soft = SoftToken(folder, "t")
        soft.add(authority.issue(SIGNER))
        session = TokenModule(MODULE).open(PIN, now())
        outcomes = []
        for outcome in iter_signed([(name, archive_pdf()) for name in "abcd"], session, SystemClock()):
            outcomes.append(outcome)
            if outcome.name == "b":
                soft.pull()

    assert [(one.name, one.state.value) for one in outcomes] == [
        ("a", "signed"),
        ("b", "signed"),
        ("c", "failed"),
        ("d", "not_tried"),
    ]
    assert {one.error.code for one in outcomes if one.error is not None} == {"signing.token_gone"}


def test_a_key_on_an_elliptic_curve_signs_too(tmp_path: Path) -> None:
    authority = Authority("CA gốc thử nghiệm")
    with token_folder(tmp_path / "hsm") as folder:
        SoftToken(folder, "t").add(authority.issue(SIGNER, kind="ec"))
        signed = sign_pdf(archive_pdf(), TokenModule(MODULE).open(PIN, now()), now())

    assert pdfsig(signed.pdf, [authority], tmp_path / "nss") == ACCEPTED


def test_a_key_beside_a_certificate_that_is_not_its_own_signs_nothing(tmp_path: Path) -> None:
    authority = Authority("CA gốc thử nghiệm")
    right, wrong = authority.issue(SIGNER), authority.issue("Trần Văn Mẫu")
    with token_folder(tmp_path / "hsm") as folder:
        SoftToken(folder, "t").add(Issued(wrong.certificate, right.key))
        session = TokenModule(MODULE).open(PIN, now())
        with pytest.raises(EnvironmentFailure, match="token_refused"):
            sign_pdf(archive_pdf(), session, now())


def test_a_time_stamp_for_something_else_is_not_kept(place: SigningPlace, token: Token) -> None:
    """An authority that answers every question with the stamp of its first one, numbers and all."""
    place.server.replays = True
    try:
        signed = sign_pdf(archive_pdf(), token, now(), authority=TimeStampAuthority(place.server.url))
    finally:
        place.server.replays = False

    assert (signed.level, signed.remarks) == (Level.B, ("signing.remark.no_time_stamp",))


def test_a_token_that_does_not_hash_itself_signs_as_well(tmp_path: Path) -> None:
    authority = Authority("CA gốc thử nghiệm")
    with token_folder(tmp_path / "hsm", mechanisms="-CKM_SHA256_RSA_PKCS") as folder:
        SoftToken(folder, "t").add(authority.issue(SIGNER))
        signed = sign_pdf(archive_pdf(), TokenModule(MODULE).open(PIN, now()), now())

    assert pdfsig(signed.pdf, [authority], tmp_path / "nss") == ACCEPTED


def test_an_authority_that_answers_by_ocsp_completes_a_signature_too(place: SigningPlace) -> None:
    asked = place.authority.issue("Bùi Văn Hỏi", ocsp_url=f"{place.server.url}/ocsp")
    place.token.add(asked, 6)
    session = place.module.open(PIN, now(), fingerprint=_fingerprint(asked.der))

    complete = upgrade_pdf(
        sign_pdf(archive_pdf(), session, now()).pdf, place.trust, now(), authority=place.stamps, long_term=True
    )

    person, _ = verify_pdf(complete.pdf, place.trust, now()).signatures
    assert (complete.level, person.revocation) == (Level.LT, Revocation.NOT_REVOKED)


def test_what_cannot_be_signed_is_refused_with_its_reason(token: Token) -> None:
    refused = {
        "signing.not_a_pdf": (b"hello", None),
        "signing.no_such_page": (archive_pdf(), Stamp(name=SIGNER, unit="", page=7)),
        "signing.pdf_encrypted": (_with_password(archive_pdf()), None),
    }
    for code, (pdf, stamp) in refused.items():
        with pytest.raises(UserError, match=code):
            sign_pdf(pdf, token, now(), stamp=stamp)


def test_a_document_whose_author_forbade_any_change_is_not_signed(token: Token) -> None:
    with pytest.raises(UserError, match="cannot_be_signed"):
        sign_pdf(_certified(archive_pdf(), Authority("CA khác").issue("Tác giả")), token, now(), stamp=STAMP)


def _certified(pdf: bytes, author: Issued) -> bytes:
    """Return the document with an author's signature after which nothing may be changed."""
    from asn1crypto import keys
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
    from pyhanko.sign.fields import MDPPerm
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    signer = SimpleSigner(
        signing_cert=load_certificate(author.der),
        signing_key=keys.PrivateKeyInfo.load(author.key_der),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    terms = PdfSignatureMetadata(field_name="Author", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    return bytes(PdfSigner(terms, signer=signer).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue())


def _with_password(pdf: bytes) -> bytes:
    import pikepdf

    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        document.save(target, encryption=pikepdf.Encryption(owner="a", user="b"))
    return target.getvalue()


def test_a_certificate_that_expires_while_the_session_is_open_stops_signing(token: Token) -> None:
    with pytest.raises(UserError, match="certificate_expired"):
        sign_pdf(archive_pdf(), token, now() + timedelta(days=800))


def test_the_last_page_can_carry_the_mark(token: Token) -> None:
    signed = sign_pdf(
        archive_pdf(3), token, now(), stamp=Stamp(name=SIGNER, unit="", page=-1, corner=Corner.BOTTOM_LEFT)
    )

    pages = page_text(signed.pdf).split("\f")
    assert ["Người ký:" in page for page in pages[:3]] == [False, False, True]
    assert "Cơ quan" not in pages[2]
