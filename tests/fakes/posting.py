"""A post office's desk at work: it receives for the sample units and sends results home."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.dossier import Outcome, ResultChannel
from counter_app.domain.unit import Unit
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.postal import NewWaybill, WaybillView
from tests.fakes.desks import PROCEDURE, DeskClock, person
from tests.fakes.manifests import post_office

COMMUNE = Unit(code="H99.15", name="Ủy ban nhân dân xã Suối Mẫu")
WARD = Unit(code="H99.16", name="Ủy ban nhân dân phường Bến Mẫu")
CARRIER = "Bưu điện Mẫu"
ADDRESS = "Số 1, đường Mẫu, phường Bến Mẫu"


@contextmanager
def posting_desk(root: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    """A desk of level post that knows two units and the starter catalogue."""
    with post_office(root, clock) as made:
        made.counter.units.save(COMMUNE)
        made.counter.units.save(WARD)
        made.counter.catalogue.publish(starter_procedures())
        yield made


def by_post(number: int = 0, unit: str = COMMUNE.code) -> IntakeForm:
    """A form whose result goes home by post."""
    return IntakeForm(
        procedure_code=PROCEDURE,
        applicant=person(number),
        competent_unit_code=unit,
        result_channel=ResultChannel.POST,
        delivery_address=ADDRESS,
    )


def with_result(desk: OpenCounter, number: int = 0) -> str:
    """The code of a dossier whose result lies at the desk."""
    code = desk.counter.intake.receive(by_post(number), Outcome.ACCEPTED).dossier.code
    act = desk.counter.dossiers.act
    act(code, Action.TRANSFER, ActionFacts(receiver=COMMUNE.name))
    act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    act(code, Action.RESULT_ARRIVED, ActionFacts(giver=COMMUNE.name))
    return code


def sent(desk: OpenCounter, number: str = "VN000001", *, cod: int = 0, owner: int = 0) -> WaybillView:
    """A result on its way home."""
    code = with_result(desk, owner)
    return desk.counter.post.waybills.open(NewWaybill(number=number, code=code, carrier=CARRIER, cod=cod))
