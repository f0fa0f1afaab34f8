"""One form 01 for many dossiers handed in together, with their list as a paper of its own that both sides sign."""

from printing.documents.facts import SLIP_FACTS
from printing.documents.listed import listed_source
from printing.documents.offer import Offer

OFFER = Offer(facts=SLIP_FACTS, tables={"dossiers": listed_source(lambda data: data.listed)})
