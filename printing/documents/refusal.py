"""Form 03, phiếu từ chối tiếp nhận giải quyết hồ sơ: the reason in full, no list of papers."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS)
