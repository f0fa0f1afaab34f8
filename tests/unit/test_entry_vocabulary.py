"""What a released entry may become: older programs pass over an added field, and refuse a version unknown to them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from counter_app.cli.files import decode_json
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.state import Handed
from counter_app.domain.actions.table import Action
from counter_app.domain.forms.details import Details, Hop
from counter_app.domain.forms.kinds import Form
from counter_app.domain.postal import Attempt, AttemptOutcome, Delivery
from counter_app.journal.body import OrderedPrint
from counter_app.journal.entries import (
    BODIES,
    Body,
    DossierActed,
    DossierHanded,
    PaperHanded,
    decode_body,
    encode_body,
)
from counter_app.journal.postal_entries import WaybillAttempted, WaybillDelivered

AT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
_PAPER = OrderedPrint(id="1", form=Form.CONTROL_SLIP, copies=1, details=Details(hops=(Hop(giver="A", receiver="B"),)))
BODIES_WITH_PARTS = (
    DossierActed(
        dossier_id="1", action=Action.TRANSFER, desk_name="Quầy", facts=ActionFacts(note="x"), prints=(_PAPER,)
    ),
    WaybillAttempted(number="VN000001", attempt=Attempt(at=AT, outcome=AttemptOutcome.NOBODY_HOME)),
    WaybillDelivered(number="VN000001", delivery=Delivery(at=AT, receiver="Trần Văn Mẫu")),
)


@pytest.mark.parametrize("body", BODIES_WITH_PARTS, ids=lambda body: body.KIND)
def test_field_that_a_newer_program_added_is_passed_over_wherever_it_stands(body: Body) -> None:
    document = msgspec.json.decode(encode_body(body))
    grown = msgspec.json.encode(_with_newer_field(document))

    assert grown.count(b"newer") > 1
    assert decode_body(body.KIND, body.VERSION, grown) == body


def _with_newer_field(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _with_newer_field(value) for name, value in part.items()} | {"newer": "field"}
    return [_with_newer_field(one) for one in part] if isinstance(part, list) else part


def _structs(kind: Any, seen: set[type]) -> Iterator[type[msgspec.Struct]]:
    """Every structure that an entry of this type can hold, nested ones as well."""
    match kind:
        case msgspec.inspect.StructType(cls=cls) if cls not in seen:
            seen.add(cls)
            yield cls
            for field in kind.fields:
                yield from _structs(field.type, seen)
        case msgspec.inspect.UnionType(types=parts):
            for part in parts:
                yield from _structs(part, seen)
        case msgspec.inspect.TupleType(item_types=parts):
            for part in parts:
                yield from _structs(part, seen)
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            yield from _structs(kind.item_type, seen)
        case msgspec.inspect.DictType():
            yield from _structs(kind.value_type, seen)
        case _:
            return


def test_no_structure_within_an_entry_refuses_what_a_newer_program_adds() -> None:
    seen: set[type] = set()
    found = [one for body in BODIES.values() for one in _structs(msgspec.inspect.type_info(body), seen)]

    assert {ActionFacts, Details, Hop, Attempt, Delivery} <= set(found)
    assert [one.__name__ for one in found if one.__struct_config__.forbid_unknown_fields] == []


def test_version_that_this_program_does_not_know_is_said_to_be_of_a_newer_one() -> None:
    handed = DossierHanded(dossier_id="1", what=Handed.RESULT, receiver="B", desk_name="A")
    old = PaperHanded(dossier_id="1", manifest="M", receiver="B")

    assert decode_body("dossier.handed", 2, encode_body(handed)) == handed
    assert decode_body("dossier.handed", 1, encode_body(old)) == old
    with pytest.raises(EnvironmentFailure) as caught:
        decode_body("dossier.handed", 99, encode_body(handed))
    assert (caught.value.code, caught.value.context["version"]) == ("journal.unknown_kind", 99)


@pytest.mark.parametrize(
    ("kind", "text", "field"),
    [
        (ActionFacts, '{"reason": "x", "nguoi_nhan": "Phòng Tư pháp"}', "nguoi_nhan"),
        (Details, '{"hops": [{"giver": "A", "receiver": "B"}, {"giver": "A", "receiver": "B", "nte": ""}]}', "nte"),
    ],
)
def test_misspelled_field_in_a_file_is_named(kind: type[msgspec.Struct], text: str, field: str) -> None:
    with pytest.raises(UserError) as caught:
        decode_json(text.encode(), kind, most_bytes=1000, code="cli.bad_action_file", file="-")

    assert field in str(caught.value.context["detail"])
    assert "Phòng" not in str(caught.value.context)
