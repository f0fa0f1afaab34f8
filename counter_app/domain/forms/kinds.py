"""Every paper that a desk prints: what it is about, in which form sets it stands, on which sheets it may be printed."""

from dataclasses import dataclass
from enum import StrEnum


class FormSet(StrEnum):
    """The circular whose forms a dossier keeps for life, also when a newer one comes into force meanwhile."""

    TT01_2018 = "TT 01/2018/TT-VPCP"
    TT03_2025 = "TT 03/2025/TT-VPCP"

    @property
    def short_name(self) -> str:
        """The name on the command line: ``TT01-2018``."""
        return self.name.replace("_", "-")


class Form(StrEnum):
    """The papers by what they are; their official numbers differ between form sets."""

    RECEIPT = "receipt"
    RECEIPT_COPIES = "receipt-copies"
    """Form 01 for certified copies: pages and copies instead of originals."""
    RECEIPT_BULK = "receipt-bulk"
    """One form 01 for many dossiers, with their list as a second page."""
    RECEIPT_STAGES = "receipt-stages"
    """Form 01 with a second stage that has its own receipt and due date."""
    SUPPLEMENT = "supplement"
    REFUSAL = "refusal"
    APOLOGY = "apology"
    STOP = "stop"
    CONTROL_SLIP = "control-slip"
    REGISTER = "register"
    RESULT_HANDOVER = "result-handover"
    RESULT_RECEIPT = "result-receipt"
    MANIFEST = "manifest"
    FEE_RECEIPT = "fee-receipt"
    DAY_CLOSING = "day-closing"
    LABEL = "label"


class Per(StrEnum):
    """What one paper is about."""

    DOSSIER = "dossier"
    PERIOD = "period"
    MANIFEST = "manifest"
    SESSION = "session"


class Sheet(StrEnum):
    """What a paper is printed on. Rolls have a width and no height of their own."""

    A5 = "A5"
    A4 = "A4"
    A4_LANDSCAPE = "A4-landscape"
    ROLL_80 = "roll-80"
    ROLL_58 = "roll-58"
    LABEL_50X30 = "label-50x30"
    LABEL_100X50 = "label-100x50"


class Tray(StrEnum):
    """Papers that go to one choice of printers, because they share their paper."""

    SLIP = "slip"
    LIST = "list"
    MONEY = "money"
    LABEL = "label"


_BOTH = (FormSet.TT01_2018, FormSet.TT03_2025)
_SLIP_SHEETS = (Sheet.A5, Sheet.A4, Sheet.ROLL_80, Sheet.ROLL_58)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormKind:
    """One form: `sheets` begins with the usual one; `copies` is how many copies (liên) it is made in, None for as set.

    `asks` names the fields of `Details` that a clerk is asked for; each may stay empty and is then written by hand.
    One that `is_dated` bears the day it was ordered, any other about a dossier the day of receipt.
    """

    form: Form
    per: Per = Per.DOSSIER
    sets: tuple[FormSet, ...] = _BOTH
    sheets: tuple[Sheet, ...] = _SLIP_SHEETS
    tray: Tray = Tray.SLIP
    copies: int | None = 1
    asks: tuple[str, ...] = ()
    is_dated: bool = False

    @property
    def sheet(self) -> Sheet:
        """The sheet it is usually printed on."""
        return self.sheets[0]


# Sheets: TT 01/2018/TT-VPCP has A5 for all forms but the register (A4); for TT 03/2025/TT-VPCP unverified, A5 kept.
_ALL = (
    FormKind(form=Form.RECEIPT, copies=None),
    FormKind(form=Form.RECEIPT_COPIES, copies=None),
    FormKind(form=Form.RECEIPT_BULK, copies=None, sheets=(Sheet.A5, Sheet.A4)),
    FormKind(form=Form.RECEIPT_STAGES, copies=None, asks=("second_received_at", "second_due_at")),
    FormKind(form=Form.SUPPLEMENT, copies=None, asks=("number", "reason"), is_dated=True),
    FormKind(form=Form.REFUSAL, copies=None, asks=("number", "reason"), is_dated=True),
    FormKind(
        form=Form.APOLOGY,
        is_dated=True,
        sheets=(Sheet.A5, Sheet.A4),
        asks=("number", "reason", "new_due_at", "signer_title", "signer_name"),
    ),
    FormKind(
        form=Form.STOP,
        is_dated=True,
        sets=(FormSet.TT03_2025,),
        sheets=(Sheet.A5, Sheet.A4),
        asks=("number", "reason", "stage", "decision", "settlement", "signer_title", "signer_name"),
    ),
    FormKind(form=Form.CONTROL_SLIP, sheets=(Sheet.A5, Sheet.A4)),
    FormKind(form=Form.REGISTER, per=Per.PERIOD, sheets=(Sheet.A4_LANDSCAPE,), tray=Tray.LIST),
    FormKind(
        form=Form.RESULT_HANDOVER, per=Per.MANIFEST, sheets=(Sheet.A4_LANDSCAPE,), tray=Tray.LIST, asks=("receiver",)
    ),
    FormKind(
        form=Form.RESULT_RECEIPT,
        is_dated=True,
        asks=("result_kind", "result_number", "result_summary", "result_on", "receiver", "receiver_phone"),
    ),
    FormKind(
        form=Form.MANIFEST,
        per=Per.MANIFEST,
        sheets=(Sheet.A4, Sheet.A5),
        tray=Tray.LIST,
        copies=2,
        asks=("number", "bag", "seal", "giver", "receiver"),
    ),
    FormKind(
        form=Form.FEE_RECEIPT,
        is_dated=True,
        sheets=(Sheet.A5, Sheet.ROLL_80, Sheet.ROLL_58),
        tray=Tray.MONEY,
        copies=3,
        asks=("serial_form", "serial", "number", "payer", "payment", "amount"),
    ),
    FormKind(form=Form.DAY_CLOSING, per=Per.SESSION, sheets=(Sheet.A4,), tray=Tray.LIST),
    FormKind(form=Form.LABEL, sheets=(Sheet.LABEL_50X30, Sheet.LABEL_100X50), tray=Tray.LABEL),
)

KINDS = {kind.form: kind for kind in _ALL}
