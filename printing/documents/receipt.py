"""Form 01, giấy tiếp nhận hồ sơ và hẹn trả kết quả: what was received and when the result is due."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer
from printing.documents.papers import HANDED_IN

OFFER = Offer(facts=SLIP_FACTS, tables={"papers": HANDED_IN})
