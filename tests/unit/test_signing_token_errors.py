import pkcs11
import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.signing.token_errors import PinState, login_error, token_error


@pytest.mark.parametrize(
    ("error", "pin", "code"),
    [
        (pkcs11.PinIncorrect(), PinState.FINE, "signing.wrong_pin"),
        (pkcs11.PinIncorrect(), PinState.FEW_TRIES, "signing.wrong_pin_few_tries"),
        (pkcs11.PinIncorrect(), PinState.LAST_TRY, "signing.wrong_pin_last_try"),
        (pkcs11.PinIncorrect(), PinState.LOCKED, "signing.pin_locked"),
        (pkcs11.PinLocked(), PinState.FINE, "signing.pin_locked"),
        (pkcs11.PinLenRange(), PinState.FINE, "signing.wrong_pin"),
        (pkcs11.PinInvalid(), PinState.FINE, "signing.wrong_pin"),
        (pkcs11.UserPinNotInitialized(), PinState.NOT_SET, "signing.pin_not_set"),
        (pkcs11.PinExpired(), PinState.FINE, "signing.pin_not_set"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_pin_is_said_apart(error: Exception, pin: PinState, code: str) -> None:
    failure = login_error(error, pin)

    assert (failure.code, type(failure)) == (code, UserError)


@pytest.mark.parametrize(
    "error", [pkcs11.DeviceRemoved(), pkcs11.TokenNotPresent(), pkcs11.SessionHandleInvalid(), pkcs11.UserNotLoggedIn()]
)
def test_a_token_that_was_pulled_is_gone_also_while_signing_in(error: Exception) -> None:
    for failure in (login_error(error, PinState.FINE), token_error(error)):
        assert isinstance(failure, EnvironmentFailure)
        assert (failure.code, failure.retryable) == ("signing.token_gone", True)


def test_another_failure_names_its_kind_and_a_silent_token_is_gone() -> None:
    refused = token_error(pkcs11.FunctionFailed())

    assert (refused.code, refused.context) == ("signing.token_refused", {"reason": "FunctionFailed"})
    assert token_error(pkcs11.GeneralError(), is_there=False).code == "signing.token_gone"
