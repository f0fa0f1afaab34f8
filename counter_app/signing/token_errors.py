"""What a PKCS#11 library answers, as the few sentences that help a clerk.

Told apart by the name of the return value (PKCS#11 v2.40, section 5.1), so that nothing heavy is imported here.
"""

from enum import StrEnum

from counter_app.core.errors import AppError, EnvironmentFailure, UserError


class PinState(StrEnum):
    """How many tries the PIN has left, as far as the token tells; PKCS#11 knows no number."""

    FINE = "fine"
    FEW_TRIES = "few_tries"
    LAST_TRY = "last_try"
    LOCKED = "locked"
    NOT_SET = "not_set"


_GONE = frozenset(
    {
        "DeviceRemoved",
        "TokenNotPresent",
        "TokenNotRecognised",
        "SessionHandleInvalid",
        "SessionClosed",
        "SlotIDInvalid",
        "ObjectHandleInvalid",
        "KeyHandleInvalid",
        "UserNotLoggedIn",
        "CryptokiNotInitialized",
    }
)
_WRONG_PIN = frozenset({"PinIncorrect", "PinInvalid", "PinLenRange", "ArgumentsBad"})
_PIN_NOT_SET = frozenset({"PinExpired", "UserPinNotInitialized", "PinTooWeak"})


def login_error(error: Exception, pin: PinState) -> AppError:
    """Return what a failed sign-in means; `pin` is the token's state after it."""
    name = type(error).__name__
    if name == "PinLocked" or (name in _WRONG_PIN and pin is PinState.LOCKED):
        return UserError("signing.pin_locked")
    if name in _WRONG_PIN:
        if pin is PinState.LAST_TRY:
            return UserError("signing.wrong_pin_last_try")
        return UserError("signing.wrong_pin_few_tries" if pin is PinState.FEW_TRIES else "signing.wrong_pin")
    if name in _PIN_NOT_SET or pin is PinState.NOT_SET:
        return UserError("signing.pin_not_set")
    return token_error(error)


def token_error(error: Exception, *, is_there: bool = True) -> AppError:
    """Return what a failure in the middle of work means; `is_there`: the token still answered afterwards."""
    name = type(error).__name__
    if name in _GONE or not is_there:
        return EnvironmentFailure("signing.token_gone", retryable=True)
    return EnvironmentFailure("signing.token_refused", retryable=True, reason=name)
