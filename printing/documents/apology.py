"""Form 04: the resolving agency says that it is late, why, and when the result will be there."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS)
