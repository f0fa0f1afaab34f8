"""A real PKCS#11 library (SoftHSM) with tokens that come and go."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.signing.certificates import CertificateState
from counter_app.signing.token_errors import PinState
from counter_app.signing.tokens import TokenModule
from tests.fakes.authority import YEAR, Authority, the_authority
from tests.fakes.signing_place import SIGNER, now
from tests.fakes.token import MODULE, PIN, PIN_FINAL_TRY, PIN_LOCKED, SoftToken, token_folder


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[Path]:
    with token_folder(tmp_path / "hsm") as folder:
        yield folder


@pytest.fixture
def module() -> TokenModule:
    return TokenModule(MODULE)


@pytest.fixture
def token(tokens: Path) -> SoftToken:
    made = SoftToken(tokens, "chu-ky")
    made.add(the_authority().issue(SIGNER))
    return made


def refusal(module: TokenModule, pin: str = PIN, *, serial: str = "") -> AppError:
    with pytest.raises(AppError) as caught:
        module.open(pin, now(), serial=serial)
    return caught.value


def test_a_token_tells_its_certificates_before_the_pin(token: SoftToken, module: TokenModule) -> None:
    (found,) = module.list_tokens()

    (certificate,) = found.certificates
    assert (found.label, found.pin) == ("chu-ky", PinState.FINE)
    assert (certificate.subject, certificate.issuer) == (SIGNER, "CA gốc thử nghiệm")
    assert "non_repudiation" in certificate.key_usage
    assert certificate.state_at(now()) is CertificateState.USABLE
    assert certificate.state_at(now() + 2 * YEAR) is CertificateState.EXPIRED


def test_nothing_plugged_in_is_an_empty_list_and_a_plain_refusal(tokens: Path, module: TokenModule) -> None:
    assert module.list_tokens() == ()
    assert refusal(module).code == "signing.no_token"


def test_a_token_plugged_in_later_is_seen_without_a_restart(tokens: Path, module: TokenModule) -> None:
    assert module.list_tokens() == ()

    SoftToken(tokens, "moi")

    assert [token.label for token in module.list_tokens()] == ["moi"]


def test_one_pin_signs_many_times_and_closing_ends_it(token: SoftToken, module: TokenModule) -> None:
    session = module.open(PIN, now())

    assert [len(session.sign_raw(b"ten times")) for _ in range(10)] == [256] * 10
    session.close()
    with pytest.raises(EnvironmentFailure, match="token_gone"):
        session.sign_raw(b"after")


def test_wrong_pins_warn_and_the_right_one_clears_the_warning(token: SoftToken, module: TokenModule) -> None:
    assert refusal(module, "99999999").code == "signing.wrong_pin_few_tries"
    assert module.list_tokens()[0].pin is PinState.FEW_TRIES

    module.open(PIN, now()).close()

    assert module.list_tokens()[0].pin is PinState.FINE


def test_a_token_that_says_it_is_locked_gets_no_pin(token: SoftToken, module: TokenModule) -> None:
    token.say_of_pin(PIN_FINAL_TRY)
    assert module.list_tokens()[0].pin is PinState.LAST_TRY
    assert refusal(module, "99999999").code == "signing.wrong_pin_last_try"

    token.say_of_pin(PIN_LOCKED)

    assert module.list_tokens()[0].pin is PinState.LOCKED
    assert refusal(module, PIN).code == "signing.pin_locked"
    assert module.list_tokens()[0].pin is PinState.LOCKED, "the right PIN was not tried: SoftHSM would have taken it"


@pytest.mark.parametrize("pin", ["", "1" * 65])
def test_a_pin_that_cannot_be_one_never_reaches_the_token(token: SoftToken, module: TokenModule, pin: str) -> None:
    assert refusal(module, pin).code == "signing.pin_missing"
    assert module.list_tokens()[0].pin is PinState.FINE


def test_a_wrong_pin_is_refused_although_the_token_is_signed_in_already(token: SoftToken, module: TokenModule) -> None:
    session = module.open(PIN, now())

    assert refusal(module, "99999999").code == "signing.wrong_pin_few_tries"
    assert not session.is_open


def test_the_pin_is_in_no_log_line_no_error_and_no_text_of_the_session(
    token: SoftToken, module: TokenModule, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "31415926"

    error = refusal(module, wrong)
    session = module.open(PIN, now())
    session.close()

    said = caplog.text + str(error) + repr(error.__cause__) + repr(session) + repr(vars(session))
    assert wrong not in said
    assert PIN not in said


def test_a_token_pulled_in_the_middle_is_noticed_and_works_again_when_it_is_back(
    token: SoftToken, module: TokenModule
) -> None:
    session = module.open(PIN, now())
    session.sign_raw(b"before")

    token.pull()
    with pytest.raises(EnvironmentFailure, match="token_gone"):
        session.sign_raw(b"during")

    assert not session.is_open
    assert module.list_tokens() == ()
    token.plug_in()
    assert len(module.open(PIN, now()).sign_raw(b"again")) == 256


def test_of_several_tokens_one_has_to_be_named(token: SoftToken, tokens: Path, module: TokenModule) -> None:
    other = SoftToken(tokens, "thu-hai")
    other.add(the_authority().issue("Trần Văn Mẫu"))

    assert refusal(module).code == "signing.several_tokens"
    serials = {found.label: found.serial for found in module.list_tokens()}
    session = module.open(PIN, now(), serial=serials["thu-hai"])
    assert session.certificate.subject == "Trần Văn Mẫu"
    assert refusal(module, serial="không có").code == "signing.no_token"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (-2 * YEAR, -timedelta(days=1), "signing.certificate_expired"),
        (timedelta(days=1), YEAR, "signing.certificate_not_yet_valid"),
    ],
)
def test_a_certificate_out_of_its_time_does_not_sign(
    tokens: Path, module: TokenModule, start: timedelta, end: timedelta, code: str
) -> None:
    SoftToken(tokens, "t").add(the_authority().issue(SIGNER, start=now() + start, end=now() + end))

    assert refusal(module).code == code


def test_a_certificate_for_something_else_does_not_sign(tokens: Path, module: TokenModule) -> None:
    SoftToken(tokens, "t").add(the_authority().issue(SIGNER, signing=False))

    assert refusal(module).code == "signing.certificate_not_for_signing"


def test_a_certificate_without_its_key_does_not_sign(tokens: Path, module: TokenModule) -> None:
    SoftToken(tokens, "t").add(the_authority().issue(SIGNER), with_key=False)

    assert refusal(module).code == "signing.no_certificate"


def test_the_certificate_that_lasts_longest_signs_unless_another_is_named(
    token: SoftToken, module: TokenModule
) -> None:
    renewed = the_authority().issue(SIGNER, end=now() + 3 * YEAR)
    token.add(renewed, 2)
    old = min(module.list_tokens()[0].certificates, key=lambda one: one.not_after)

    assert module.open(PIN, now()).certificate.serial == f"{renewed.certificate.serial_number:x}"
    assert module.open(PIN, now(), fingerprint=old.fingerprint).certificate == old
    with pytest.raises(UserError, match="no_certificate"):
        module.open(PIN, now(), fingerprint="00")


def test_the_chain_is_what_the_token_holds_of_it(tokens: Path, module: TokenModule) -> None:
    root = the_authority()
    issuer = Authority("CA cấp dưới", root)
    token = SoftToken(tokens, "t")
    token.add(issuer.issue(SIGNER))
    token.add(root.issued, 2, with_key=False)
    token.add(issuer.issued, 3, with_key=False)

    chain = module.open(PIN, now()).chain

    assert [one.dump() for one in chain] == [issuer.issued.der, root.issued.der]


@pytest.mark.parametrize("content", [None, b"no library"])
def test_a_library_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "thu-vien.so"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(EnvironmentFailure) as caught:
        TokenModule(file).list_tokens()

    assert caught.value.code == ("signing.module_unusable" if content else "signing.module_missing")
    assert caught.value.context["module"] == "thu-vien.so"
