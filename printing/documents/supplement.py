"""Form 02, phiếu yêu cầu bổ sung, hoàn thiện hồ sơ: every missing paper, named once."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer
from printing.documents.papers import MISSING

OFFER = Offer(facts=SLIP_FACTS, tables={"missing": MISSING})
