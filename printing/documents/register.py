"""Sổ theo dõi hồ sơ: the book of a period, with its cover; numbers go on from the part printed before."""

from printing.documents.facts import REGISTER_FACTS
from printing.documents.listed import listed_source
from printing.documents.offer import Offer

OFFER = Offer(
    facts=REGISTER_FACTS,
    tables={"dossiers": listed_source(lambda data: data.rows, first_number=lambda data: data.first_number)},
)
