"""Every kind of entry that is about a dossier is folded with the others about it."""

from typing import get_type_hints

import pytest

from counter_app.journal.body import Body
from counter_app.journal.entries import BODIES
from counter_app.journal.exchange_entries import ConcernedAnswered
from counter_app.journal.streams import OF_DOSSIER


@pytest.mark.parametrize("body", [BODIES[name] for name in sorted(BODIES)])
def test_kind_that_names_a_dossier_is_folded_with_it(body: type[Body]) -> None:
    # An answer about another unit's dossier is filed under a name of its own: that dossier's stream is not here.
    if "dossier_id" in get_type_hints(body) and body is not ConcernedAnswered:
        assert issubclass(body, OF_DOSSIER)
