"""What the post office page shows and asks for."""

from datetime import date, datetime

import msgspec

from counter_app.domain.postal import Waybill, WaybillKind


class NewWaybill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A waybill to open. Receiver, phone and address that are left empty are those of the applicant for a result, of
    the unit that decides for a dossier; the time is now.
    """

    number: str
    code: str
    """The dossier's."""
    carrier: str = ""
    kind: WaybillKind = WaybillKind.RESULT_OUT
    receiver: str = ""
    phone: str = ""
    address: str = ""
    cod: int = 0
    weight_note: str = ""
    opened_at: datetime | None = None


class CollectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One record of collected cash; a cancelled one does not count and keeps its number."""

    code: str
    day: date
    waybill: str
    dossier_code: str
    amount: int
    clerk_name: str
    collected_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by: str = ""
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Whether the amount belongs to the sum."""
        return self.cancelled_at is None


class WaybillView(msgspec.Struct, frozen=True, kw_only=True):
    """A waybill with the cash recorded for it."""

    waybill: Waybill
    collections: tuple[CollectionRow, ...] = ()

    @property
    def owed(self) -> int:
        """What should have been collected at the delivery and is not recorded, in whole đồng."""
        if self.waybill.delivery is None or any(one.counts for one in self.collections):
            return 0
        return self.waybill.cod


class ReadyResult(msgspec.Struct, frozen=True, kw_only=True):
    """A result at the desk that is to go by post and has no waybill yet."""

    code: str
    procedure_name: str
    receiver: str
    phone: str
    address: str


class ClerkSum(msgspec.Struct, frozen=True, kw_only=True):
    """What one clerk took of one day, in whole đồng."""

    clerk_name: str
    count: int
    amount: int


class DayMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Cash on delivery recorded on one local day, clerk by clerk, with the record behind each đồng."""

    day: date
    rows: tuple[CollectionRow, ...]
    by_clerk: tuple[ClerkSum, ...]
    total: int


class CarrierSum(msgspec.Struct, frozen=True, kw_only=True):
    """What one carrier collected and has not handed over, in whole đồng."""

    carrier: str
    count: int
    amount: int


class OwedMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Cash on delivery that carriers still owe, with the waybill behind each đồng, those delivered longest ago first.

    The sums are of everything, also where `waybills` is only the beginning.
    """

    waybills: tuple[WaybillView, ...]
    by_carrier: tuple[CarrierSum, ...]

    @property
    def total(self) -> int:
        """What all of them owe."""
        return sum(one.amount for one in self.by_carrier)

    @property
    def count(self) -> int:
        """For how many waybills."""
        return sum(one.count for one in self.by_carrier)


class Bag(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to one unit today: dossiers whose paper lies here. `number` and `seal` stand on the bag."""

    unit_code: str
    unit_name: str
    codes: tuple[str, ...]
    number: str = ""
    seal: str = ""


class MadeBag(msgspec.Struct, frozen=True, kw_only=True):
    """A bag with its manifest, or why it has none."""

    bag: Bag
    manifest_code: str = ""
    problem: str = ""
    """Code of resources/texts."""
    context: dict[str, str] = {}
