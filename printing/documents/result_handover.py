"""Phiếu bàn giao kết quả giải quyết thủ tục hành chính: results that change hands, line by line."""

from printing.documents.facts import HANDOVER_FACTS
from printing.documents.listed import listed_source
from printing.documents.offer import Offer

OFFER = Offer(facts=HANDOVER_FACTS, tables={"results": listed_source(lambda data: data.rows)})
