"""Form 05 of the set of 2025, thông báo dừng giải quyết hồ sơ: in which stage, on whose decision, and the fees."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS)
