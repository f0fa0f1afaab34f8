"""Facts that a digitised paper states of itself: number and symbol, day, issuer, owner; proposed, never filled in."""

from counter_app.domain.paper_facts.proposing import SURE, Expected, Proposal, find_good_value, is_good_value, propose
from counter_app.domain.paper_facts.reading import Box, FactField, FactSource, ReadCode, ReadPage, ReadWord

__all__ = [
    "SURE",
    "Box",
    "Expected",
    "FactField",
    "FactSource",
    "Proposal",
    "ReadCode",
    "ReadPage",
    "ReadWord",
    "find_good_value",
    "is_good_value",
    "propose",
]
