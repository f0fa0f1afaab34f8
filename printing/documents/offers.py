"""Which module knows what a form can say."""

from counter_app.domain.forms.kinds import Form
from printing.documents import (
    apology,
    control_slip,
    day_closing,
    fee_receipt,
    label,
    manifest,
    receipt,
    receipt_bulk,
    receipt_copies,
    receipt_stages,
    refusal,
    register,
    result_handover,
    result_receipt,
    stop,
    supplement,
)

OFFERS = {
    Form.RECEIPT: receipt.OFFER,
    Form.RECEIPT_COPIES: receipt_copies.OFFER,
    Form.RECEIPT_BULK: receipt_bulk.OFFER,
    Form.RECEIPT_STAGES: receipt_stages.OFFER,
    Form.SUPPLEMENT: supplement.OFFER,
    Form.REFUSAL: refusal.OFFER,
    Form.APOLOGY: apology.OFFER,
    Form.STOP: stop.OFFER,
    Form.CONTROL_SLIP: control_slip.OFFER,
    Form.REGISTER: register.OFFER,
    Form.RESULT_HANDOVER: result_handover.OFFER,
    Form.RESULT_RECEIPT: result_receipt.OFFER,
    Form.MANIFEST: manifest.OFFER,
    Form.FEE_RECEIPT: fee_receipt.OFFER,
    Form.DAY_CLOSING: day_closing.OFFER,
    Form.LABEL: label.OFFER,
}
