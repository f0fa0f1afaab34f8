"""An invented commune with an invented month, so that the program can be tried before a real desk is enrolled."""

import itertools
import random
from datetime import date, datetime, time, timedelta

from counter_app.core.clock import VIETNAM, local_date
from counter_app.domain.dossier import Outcome, Paper, ResultChannel
from counter_app.domain.person import Party, Sex
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Role, Slice, Unit, UnitLevel
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.answers.printing import PrintState
from counter_app.services.catalogue import Catalogue
from counter_app.services.intake import Intake
from counter_app.services.open_desk import OpenDesk, write_local
from counter_app.services.session import SAMPLE_PASSWORD, Session
from counter_app.services.units import Units

PASSWORD = "mot-cua-mau"  # noqa: S105 - printed on the sign-in page of sample stores, by intention
LOGIN = "mai"

#: The receipts of the invented month count as printed long ago.
PAPER_OUT = PrintState.PRINTED

OWN_UNIT = Unit(
    code="H99.14",
    name="Ủy ban nhân dân xã Đồng Mẫu",
    level=UnitLevel.COMMUNE,
    parent_name="ỦY BAN NHÂN DÂN XÃ ĐỒNG MẪU",
    desk_name="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG",
    place_name="Đồng Mẫu",
    address="Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu",
    hotline="0200 000 000",
    lookup_url="https://tracuu.example.vn",
)
DESK_NAME = "Quầy 1"
NUMBER_SLICE = Slice(1001, 1999)

_OTHER_UNITS = (
    Unit(code="H99.15", name="Ủy ban nhân dân xã Suối Mẫu", parent_name="ỦY BAN NHÂN DÂN XÃ SUỐI MẪU"),
    Unit(code="H99.16", name="Ủy ban nhân dân phường Bến Mẫu", parent_name="ỦY BAN NHÂN DÂN PHƯỜNG BẾN MẪU"),
    Unit(
        code="H99.90",
        name="Bưu điện trung tâm tỉnh Mẫu",
        level=UnitLevel.POST,
        parent_name="BƯU ĐIỆN TỈNH MẪU",
    ),
)
_CLERKS = (
    ("quantri", "Đỗ Quản Trị", Role.ADMINISTRATOR),
    (LOGIN, "Lê Thị Mai", Role.CLERK),
    ("hung", "Trần Quốc Hùng", Role.HEAD),
)
_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
_MIDDLE = {Sex.MALE: ("Văn", "Đức", "Quốc", "Hữu", "Minh"), Sex.FEMALE: ("Thị", "Thu", "Ngọc", "Kim", "Thị Hồng")}
_GIVEN = {
    Sex.MALE: ("An", "Bình", "Cường", "Dũng", "Đạt", "Hải", "Khoa", "Lộc", "Nam", "Phúc", "Sơn", "Tuấn", "Vượng"),
    Sex.FEMALE: ("Ánh", "Bích", "Chi", "Dung", "Giang", "Hạnh", "Lan", "Ngân", "Oanh", "Phượng", "Thảo", "Uyên", "Yến"),
}
_PLACES = ("Thôn Đông", "Thôn Đoài", "Thôn Trung", "Xóm Mới", "Khu Bến Đò", "Tổ 5")
_COMMON = ("2.000815", "1.001193", "1.004873", "1.000894", "1.004194", "2.000635", "1.000656", "1.001612")


def fill_sample_desk(
    desk: OpenDesk,
    *,
    session: Session,
    units: Units,
    catalogue: Catalogue,
    intake: Intake,
    starter: tuple[Procedure, ...],
    dossiers: int = 120,
) -> None:
    """Add units, clerks, the starter catalogue and a month of dossiers to a newly made desk.

    The dossiers are the same for the same day; nobody in them exists.
    """
    for login, name, role in _CLERKS:
        session.save_clerk(login=login, full_name=name, role=role, password=PASSWORD)
    session.act_as()
    for unit in _OTHER_UNITS:
        units.save(unit)
    catalogue.publish(starter)
    session.act_as(LOGIN)
    today = local_date(desk.clock.now())
    dice = random.Random(today.toordinal())  # noqa: S311 - invented people, nothing secret
    codes = [procedure.code for procedure in starter]
    common = [code for code in _COMMON if code in codes]
    for moment in itertools.islice(_working_moments(today, dice, dossiers), dossiers):
        code = dice.choice(common if dice.random() < 0.8 else codes)
        form = _form(catalogue.get(code, on=local_date(moment)), moment, dice)
        intake.receive(form, Outcome.ACCEPTED)
    with desk.transaction() as connection:
        write_local(connection, SAMPLE_PASSWORD, PASSWORD.encode())
    session.sign_out()


def _working_moments(today: date, dice: random.Random, wanted: int) -> list[datetime]:
    days = [today - timedelta(days=back) for back in range(30, 0, -1)]
    days = [day for day in days if day.weekday() < 5]
    moments = [
        datetime.combine(dice.choice(days), time(dice.choice((7, 8, 9, 10, 14, 15, 16)), dice.randrange(60)), VIETNAM)
        for _ in range(wanted)
    ]
    return sorted(moments)


def _person(dice: random.Random) -> Party:
    sex = dice.choice(tuple(Sex))
    year = dice.randrange(1950, 2005)
    century_digit = (0 if year < 2000 else 2) + (1 if sex is Sex.FEMALE else 0)
    name = f"{dice.choice(_FAMILY)} {dice.choice(_MIDDLE[sex])} {dice.choice(_GIVEN[sex])}"
    return Party(
        full_name=name,
        id_number=f"036{century_digit}{year % 100:02d}{dice.randrange(1_000_000):06d}",
        birth_on=date(year, dice.randrange(1, 13), dice.randrange(1, 29)),
        sex=sex,
        address=f"{dice.choice(_PLACES)}, xã Đồng Mẫu, tỉnh Mẫu",
        phone=f"09{dice.randrange(10_000_000, 100_000_000)}",
    )


def _form(procedure: Procedure, moment: datetime, dice: random.Random) -> IntakeForm:
    case = procedure.cases[0]
    papers = tuple(
        Paper(
            name=component.name,
            code=component.code,
            original=component.original,
            certified=component.certified,
            copy=component.copy,
        )
        for component in case.components
        if component.required
    )
    return IntakeForm(
        procedure_code=procedure.code,
        case_code=case.code or None,
        applicant=_person(dice),
        papers=papers,
        result_channel=dice.choice((ResultChannel.DESK, ResultChannel.DESK, ResultChannel.ONLINE)),
        received_at=moment,
    )
