"""The desk's token between its PIN and its signing out."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.clock import SystemClock
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.settings.settings import Settings
from counter_app.signing import tokens
from counter_app.signing.desk import SigningDesk
from counter_app.signing.reports import Verdict
from counter_app.signing.signing import Level, SignState
from tests.fakes.daemons import wait_until
from tests.fakes.desks import at_work, sample_desk
from tests.fakes.signed_files import archive_pdf
from tests.fakes.signing_place import STAMP, SigningPlace, signing_place
from tests.fakes.token import MODULE, PIN


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SigningPlace]:
    with signing_place(tmp_path_factory.mktemp("signing")) as made:
        yield made


@pytest.fixture
def configured(place: SigningPlace, tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "desk")
    folder.trust.mkdir(parents=True)
    (folder.trust / "goc.pem").write_bytes(place.authority.issued.pem)
    settings = Settings(folder.settings)
    settings.set("signing.token.module", str(MODULE))
    settings.set("signing.time_stamp.url", place.server.url)
    return folder


@pytest.fixture
def desk(configured: DataFolder) -> Iterator[SigningDesk]:
    made = SigningDesk(Settings(configured.settings), configured, SystemClock())
    yield made
    made.close()


def test_one_pin_signs_upgrades_and_verifies_by_the_desks_settings(desk: SigningDesk) -> None:
    desk.open(PIN)

    signed = desk.sign(archive_pdf(), stamp=STAMP, reason="Số hóa từ bản giấy")
    complete = desk.upgrade(signed.pdf)

    assert (signed.level, complete.level) == (Level.T, Level.LT)
    assert desk.verify(complete.pdf).verdict is Verdict.VALID


def test_without_a_pin_nothing_is_signed(desk: SigningDesk) -> None:
    with pytest.raises(UserError, match="pin_needed"):
        desk.sign(archive_pdf())
    with pytest.raises(UserError, match="pin_needed"):
        next(desk.iter_signed([("a", archive_pdf())]))


def test_closing_signs_the_token_out(desk: SigningDesk) -> None:
    token = desk.open(PIN)

    desk.close()
    desk.close()

    assert (desk.is_open, token.is_open) == (False, False)
    with pytest.raises(UserError, match="pin_needed"):
        desk.sign(archive_pdf())


@pytest.mark.usefixtures("place")
def test_the_pin_of_one_clerk_never_signs_for_the_next(tmp_path: Path) -> None:
    with at_work(sample_desk(tmp_path)) as made:
        made.settings.set("signing.token.module", str(MODULE))
        signing, session = made.counter.document_signing.token, made.counter.session
        first = session.require().clerk
        other = next(clerk.login for clerk in session.list_clerks() if clerk.id != first.id)
        is_open = []
        for change in (lambda: session.act_as(first.login), lambda: session.act_as(other), session.sign_out):
            signing.open(PIN)
            change()
            is_open.append(signing.is_open)
        assert is_open == [True, False, False]


@pytest.mark.usefixtures("place")
def test_a_pin_given_by_a_clerk_who_leaves_opens_the_token_for_nobody(tmp_path: Path) -> None:
    with at_work(sample_desk(tmp_path)) as made:
        made.settings.set("signing.token.module", str(MODULE))
        signing, session = made.counter.document_signing, made.counter.session
        first = session.require().clerk
        other = next(clerk.login for clerk in session.list_clerks() if clerk.id != first.id)
        refused: list[str] = []

        def give_pin() -> None:
            try:
                signing.open_token(PIN, given_by=first.id)
            except UserError as error:
                refused.append(error.code)

        opening, leaving = threading.Thread(target=give_pin), threading.Thread(target=session.act_as, args=(other,))
        with tokens._driver:  # the token is busy while the clerk leaves
            opening.start()
            wait_until(lambda: is_held(signing.token), "the PIN is under way")
            leaving.start()
            wait_until(lambda: session.require().clerk.id != first.id, "the next clerk is there")
        for thread in (opening, leaving):
            thread.join()
        give_pin()  # the pool got to it only after the clerk had left
        assert (refused, signing.token.is_open) == (["session.nobody"] * 2, False)

        signing.open_token(PIN, given_by=session.require().clerk.id)
        assert signing.token.is_open
        session.act_as(first.login)
        signing.token.open(PIN)
        with pytest.raises(UserError, match="pin_needed"):
            next(signing.iter_signed([]))


def is_held(desk: SigningDesk) -> bool:
    """Whether another thread is in the middle of something with the token."""
    if desk._lock.acquire(blocking=False):
        desk._lock.release()
        return False
    return True


def test_a_token_that_nobody_uses_signs_itself_out(configured: DataFolder) -> None:
    desk = SigningDesk(Settings(configured.settings), configured, SystemClock(), idle_s=0.3)
    token = desk.open(PIN)

    wait_until(lambda: not desk.is_open, "the idle token is signed out")

    assert not token.is_open
    wait_until(lambda: all(one.name != "signing-idle" for one in threading.enumerate()), "the watch has ended")


def test_a_desk_without_its_line_asks_once_not_for_every_signature(desk: SigningDesk, place: SigningPlace) -> None:
    desk.open(PIN)
    place.server.broken = True
    asked = place.server.asked
    try:
        signed = [desk.sign(archive_pdf()) for _ in range(3)]
    finally:
        place.server.broken = False

    assert place.server.asked == asked + 1
    assert [(one.level, bool(one.remarks)) for one in signed] == [(Level.B, True)] * 3
    assert desk.upgrade(signed[0].pdf, long_term=False).level is Level.T


def test_a_pulled_token_asks_for_its_pin_again(desk: SigningDesk, place: SigningPlace) -> None:
    desk.open(PIN)
    place.token.pull()
    try:
        states = [one.state for one in desk.iter_signed([("a", archive_pdf()), ("b", archive_pdf())])]
    finally:
        place.token.plug_in()

    assert states == [SignState.FAILED, SignState.NOT_TRIED]
    assert not desk.is_open
    desk.open(PIN)
    assert desk.sign(archive_pdf()).level is Level.T


def test_a_machine_without_any_library_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counter_app.signing.desk.list_known_modules", lambda: ())
    folder = DataFolder(tmp_path)

    with pytest.raises(UserError, match="no_module"):
        SigningDesk(Settings(folder.settings), folder, SystemClock()).list_tokens()
