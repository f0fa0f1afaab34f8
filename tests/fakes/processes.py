"""Procedures with an internal process, for tests that follow a dossier through its hands."""

from datetime import date
from typing import Any

from counter_app.bootstrap import OpenCounter
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import (
    Channel,
    ChannelTimeLimit,
    Component,
    Procedure,
    ProcedureCase,
    ProcessStep,
)
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.services.answers.actions import ActionResult
from counter_app.services.answers.intake import IntakeForm
from tests.fakes.desks import person

OFFICE = "Phòng Kinh tế"
LEADER = "Lãnh đạo UBND xã"
STEPS = (
    ProcessStep(name="Tiếp nhận", hours=4),
    ProcessStep(name="Thẩm định", done_by=OFFICE, hours=16),
    ProcessStep(name="Ký", done_by=LEADER, percent=10),
)
LEGS = (
    ProcessStep(name="Tiếp nhận", hours=2),
    ProcessStep(name="Đăng ký khai sinh", done_by="UBND xã Đồng Mẫu", hours=8, result="Giấy khai sinh"),
    ProcessStep(name="Đăng ký thường trú", done_by="Công an xã Đồng Mẫu", hours=16, result="Thông báo thường trú"),
    ProcessStep(name="Cấp thẻ", done_by="Bảo hiểm xã hội tỉnh Mẫu", hours=8, result="Thẻ bảo hiểm y tế"),
)


def a_procedure(steps: tuple[ProcessStep, ...], *, code: str = "X.900001", counts_transport: bool = True) -> Procedure:
    """Return a procedure of five working days with this process."""
    limit = ChannelTimeLimit(channel=Channel.DIRECT, limit=TimeLimit(amount=5, unit=TimeUnit.WORKING_DAY))
    return Procedure(
        code=code,
        effective_on=date(2026, 1, 1),
        name="Thủ tục có quy trình",
        field_name="Ví dụ",
        cases=(ProcedureCase(components=(Component(name="Đơn", original=1),)),),
        time_limits=(limit,),
        steps=steps,
        counts_transport=counts_transport,
    )


def publish(
    desk: OpenCounter, steps: tuple[ProcessStep, ...], *, code: str = "X.900001", counts_transport: bool = True
) -> str:
    """Put such a procedure into the catalogue; return its code."""
    desk.counter.catalogue.publish([a_procedure(steps, code=code, counts_transport=counts_transport)])
    return code


def receive_under(desk: OpenCounter, procedure: str, number: int = 0) -> str:
    """Return the code of a new dossier under a procedure."""
    form = IntakeForm(procedure_code=procedure, applicant=person(number))
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def act(desk: OpenCounter, code: str, action: Action, **facts: Any) -> ActionResult:
    """Do an action with a dossier."""
    return desk.counter.dossiers.act(code, action, ActionFacts(**facts))
