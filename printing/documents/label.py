"""A sticker for the paper dossier: its code to scan, and two lines to know it by."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS, is_sticker=True)
