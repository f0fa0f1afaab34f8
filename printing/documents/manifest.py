"""Biên bản giao nhận hồ sơ: paper dossiers that travel together in a sealed bag."""

from printing.documents.facts import HANDOVER_FACTS
from printing.documents.listed import listed_source
from printing.documents.offer import Offer

OFFER = Offer(facts=HANDOVER_FACTS, tables={"dossiers": listed_source(lambda data: data.rows)})
