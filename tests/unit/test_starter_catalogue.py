import re
import unicodedata
from collections import Counter
from datetime import date

import pytest

from counter_app.core.text import fold
from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.procedure import Channel, FeeApplication, FeeTier, Procedure, ProcedureSource
from counter_app.domain.time_limit import TimeUnit

PROCEDURES = starter_procedures()
BY_CODE = {procedure.code: procedure for procedure in PROCEDURES}


def _texts(procedure: Procedure) -> list[str]:
    components = [component for case in procedure.cases for component in case.components]
    return [
        procedure.name,
        procedure.field_name,
        *procedure.nicknames,
        *procedure.results,
        *procedure.legal_basis,
        *procedure.notes,
        *(case.name for case in procedure.cases if case.name),
        *(component.name for component in components),
        *(component.note for component in components if component.note),
        *(fee.name for fee in procedure.fees),
    ]


def test_the_starter_covers_a_commune_desk() -> None:
    assert len(PROCEDURES) >= 36
    assert len(BY_CODE) == len(PROCEDURES), "a code stands twice"
    assert {"1.001193", "1.000894", "1.000656", "2.000815", "2.000884"} <= BY_CODE.keys()
    assert {"1.004194", "1.004222", "1.004873", "1.001612"} <= BY_CODE.keys()
    assert len({procedure.field_name for procedure in PROCEDURES}) >= 6


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.code)
def test_each_entry_can_be_received_as_it_is(procedure: Procedure) -> None:
    assert re.fullmatch(r"[1-9]\.\d{6}", procedure.code)
    assert procedure.effective_on == date(2025, 7, 1)
    assert procedure.source is ProcedureSource.STARTER
    assert procedure.field_name
    assert procedure.field_code
    assert procedure.nicknames
    assert procedure.results
    assert procedure.legal_basis
    assert any(entry.channel is Channel.DIRECT for entry in procedure.time_limits)
    for entry in procedure.time_limits:
        assert entry.limit.text
        assert (entry.limit.amount == 0) is (entry.limit.unit is TimeUnit.SAME_DAY)
    for case in procedure.cases:
        assert case.components, "a case without papers"
        assert any(component.required for component in case.components)
        names = [component.name for component in case.components]
        assert len(set(names)) == len(names)
        for component in case.components:
            assert component.original + component.certified + component.copy > 0, component.name
            assert len(component.name) <= 80, "a checklist line is read at a glance"
    if len(procedure.cases) > 1:
        assert all(case.code and case.name for case in procedure.cases)
        assert len({case.code for case in procedure.cases}) == len(procedure.cases)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda procedure: procedure.code)
def test_each_text_is_composed_and_trimmed(procedure: Procedure) -> None:
    for text in _texts(procedure):
        assert text == unicodedata.normalize("NFC", text)
        assert text == " ".join(text.split())
        assert not text.endswith((";", ":", ","))


def test_money_lines_say_their_unit_and_who_sets_an_open_amount() -> None:
    for procedure in PROCEDURES:
        for fee in procedure.fees:
            assert fee.per in {"dossier", "page", "copy", "case", "person"}
            assert set(fee.cases) <= {case.code for case in procedure.cases}
            if fee.amount is None:
                assert "Hội đồng nhân dân" in fee.note
                assert fee.online_amount is None
            else:
                assert fee.amount > 0
                assert fee.online_amount is None or 0 < fee.online_amount <= fee.amount
            if fee.applies is FeeApplication.SOMETIMES:
                assert fee.note


def test_a_nickname_belongs_to_one_procedure() -> None:
    counts = Counter(fold(nickname) for procedure in PROCEDURES for nickname in procedure.nicknames)
    assert [nickname for nickname, times in counts.items() if times > 1] == []


def test_well_known_figures_are_those_published() -> None:
    residence = BY_CODE["1.004222"].fees[0]
    assert (residence.amount, residence.online_amount) == (20000, 10000)
    copies = BY_CODE["2.000815"].fees[0]
    assert (copies.amount, copies.per, copies.cap) == (2000, "page", 200_000)
    assert copies.tiers == (FeeTier(from_unit=3, amount=1000),)
    supplement = BY_CODE["1.004859"].find_case("bo_sung")
    assert supplement is not None
    assert supplement.time_limit is not None
    assert supplement.time_limit.unit is TimeUnit.SAME_DAY
