"""Finding dossiers while somebody types: what a dossier is found by, what typed words ask for, and where they match."""

from counter_app.domain.search.passages import InsideQuery, Passage, find_passage, read_inside_query
from counter_app.domain.search.query import NOTHING, Query, read_query
from counter_app.domain.search.spans import Match, Span, find_match
from counter_app.domain.search.terms import Term, TermKind, index_words, terms_of, written_terms

__all__ = [
    "NOTHING",
    "InsideQuery",
    "Match",
    "Passage",
    "Query",
    "Span",
    "Term",
    "TermKind",
    "find_match",
    "find_passage",
    "index_words",
    "read_inside_query",
    "read_query",
    "terms_of",
    "written_terms",
]
