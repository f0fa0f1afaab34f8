"""Giấy biên nhận trả kết quả: what result went to whom."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS)
