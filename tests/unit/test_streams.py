"""Every kind of entry that is about a dossier is folded with the others about it."""

from typing import get_type_hints

import pytest

from counter_app.journal.body import Body
from counter_app.journal.entries import BODIES
from counter_app.journal.streams import OF_DOSSIER


@pytest.mark.parametrize("body", [BODIES[name] for name in sorted(BODIES)])
def test_kind_that_names_a_dossier_is_folded_with_it(body: type[Body]) -> None:
    if "dossier_id" in get_type_hints(body):
        assert issubclass(body, OF_DOSSIER)
