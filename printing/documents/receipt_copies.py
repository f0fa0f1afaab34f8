"""Form 01 for certified copies: pages, paper copies and electronic copies of each paper."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer
from printing.documents.papers import COPIED

OFFER = Offer(facts=SLIP_FACTS, tables={"copied": COPIED})
