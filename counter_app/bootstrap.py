"""The composition root: the only module that knows every concrete class."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from counter_app import __version__
from counter_app.core.changes import Announcer
from counter_app.core.clock import Clock, SystemClock
from counter_app.core.logs import configure_logs
from counter_app.core.occupying import occupying
from counter_app.core.paths import DataFolder
from counter_app.core.sharing import SharedLock
from counter_app.domain.unit import Role, Slice, Unit
from counter_app.scanning.scanners import build_scanners
from counter_app.services import sample_data
from counter_app.services.bag_counts import BagCounts
from counter_app.services.bulk import Bulk
from counter_app.services.bulk_files import BulkFiles
from counter_app.services.bulk_intake import BulkIntake
from counter_app.services.bundles import BundleDesk
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.concerned import Concerned
from counter_app.services.corrections import Corrections
from counter_app.services.counter import Counter
from counter_app.services.custody import Custody
from counter_app.services.desk_status import DeskStatusReader
from counter_app.services.digitising import Digitising
from counter_app.services.document_signing import DocumentSigning
from counter_app.services.dossiers import Dossiers
from counter_app.services.drafts import Drafts
from counter_app.services.enrolling import Invitation
from counter_app.services.exports import Exports
from counter_app.services.figures import FiguresReader
from counter_app.services.hall_keeper import HallKeeper
from counter_app.services.hall_line import HallLine
from counter_app.services.held import Held
from counter_app.services.identity_debts import IdentityDebts
from counter_app.services.intake import Intake
from counter_app.services.line_keeper import LineKeeper
from counter_app.services.lists import Lists
from counter_app.services.lookup import Lookup
from counter_app.services.online import Online
from counter_app.services.open_desk import OpenDesk, create_desk, open_desk
from counter_app.services.packs import Packs
from counter_app.services.page_repairs import PageRepairs
from counter_app.services.paper_facts import PaperFacts
from counter_app.services.paper_line import PaperFetching
from counter_app.services.paper_offers import PaperOffers
from counter_app.services.paper_texts import PaperTexts
from counter_app.services.papers import Papers
from counter_app.services.people import People
from counter_app.services.peripherals import Peripherals
from counter_app.services.pile_scans import PileScans
from counter_app.services.portal_payloads import PortalPayloads
from counter_app.services.post_bags import PostBags
from counter_app.services.post_files import PostFiles
from counter_app.services.post_office import PostOffice
from counter_app.services.preferences import Preferences
from counter_app.services.print_orders import PrintOrders
from counter_app.services.printing_jobs import PrintingJobs
from counter_app.services.process_times import ProcessTimes
from counter_app.services.proposals import Proposals
from counter_app.services.province_line import ProvinceLine
from counter_app.services.public_statuses import PublicStatuses
from counter_app.services.reuse import Reuse
from counter_app.services.scanning import Scanning
from counter_app.services.search import Search
from counter_app.services.session import Session
from counter_app.services.slip_checks import SlipChecks
from counter_app.services.stored_papers import StoredPapers
from counter_app.services.units import Units
from counter_app.services.updates import Updates
from counter_app.services.vault_care import VaultCare
from counter_app.services.verification import Verification
from counter_app.services.views import Views
from counter_app.services.waybills import Waybills
from counter_app.settings.settings import Settings, open_settings
from counter_app.signing.desk import SigningDesk
from counter_app.store.keys import read_key_file
from counter_app.update.using import use_store


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCounter:
    """An open store with its services. Close it when done."""

    folder: DataFolder
    desk: OpenDesk
    settings: Settings
    counter: Counter
    hold: SharedLock

    def close(self) -> None:
        """Stop the devices and sign the token out, then close the store."""
        self.counter.line_keeper.stop()
        self.counter.vault_care.stop()
        self.counter.paper_texts.stop()
        self.counter.document_signing.token.close()
        self.counter.peripherals.stop()
        self.desk.close()
        self.hold.close()


def build_counter(desk: OpenDesk, settings: Settings) -> Counter:
    """Return the services over an open desk."""
    session = Session(desk)
    catalogue = Catalogue(desk, session)
    calendars = Calendars(desk, session)
    process_times = ProcessTimes(desk, calendars, catalogue, settings)
    proposals = Proposals(desk, calendars, settings, process_times)
    lookup = Lookup(desk, process_times)
    search = Search(desk, catalogue, process_times)
    lists = Lists(desk, session, calendars, process_times)
    custody = Custody(desk, session)
    print_orders = PrintOrders(desk, session, settings)
    slip_checks = SlipChecks(desk, session)
    units = Units(desk, session)
    offers = PaperOffers(desk)
    packs = Packs(desk, session, catalogue, calendars)
    intake = Intake(desk, session, catalogue, calendars, lookup, settings, offers, packs)
    online = Online(desk, session, intake, catalogue, calendars)
    dossiers = Dossiers(desk, session, calendars, catalogue, settings, proposals)
    waybills = Waybills(desk, session, dossiers, settings)
    paper_texts = PaperTexts(desk, session, process_times)
    hall_line = HallLine(desk, settings, packs)
    province_line = ProvinceLine(desk, packs, settings, hall_line)
    fetching = PaperFetching(desk, province_line.open_papers, hall_line.papers.find)
    concerned = Concerned(desk, session, fetching)
    digitising = Digitising(desk, session, slip_checks, paper_texts, fetching)
    signing = SigningDesk(settings, desk.folder, desk.clock)
    session.on_leaving(signing.close)  # a PIN serves the clerk who gave it, never the next one
    page_repairs = PageRepairs(desk, session, digitising)
    vault_care = VaultCare(desk)
    return Counter(
        clock=desk.clock,
        announcer=desk.announcer,
        preferences=Preferences(settings, desk.announcer),
        session=session,
        units=units,
        calendars=calendars,
        catalogue=catalogue,
        intake=intake,
        lookup=lookup,
        lists=lists,
        packs=packs,
        online=online,
        concerned=concerned,
        held=Held(desk, session),
        bundles=BundleDesk(desk, session, province_line),
        identity_debts=IdentityDebts(desk),
        figures=FiguresReader(desk, calendars, lists, process_times, online, concerned),
        search=search,
        paper_texts=paper_texts,
        dossiers=dossiers,
        views=Views(desk, session),
        corrections=Corrections(desk, session),
        process_times=process_times,
        province_line=province_line,
        hall_line=hall_line,
        line_keeper=LineKeeper(province_line, HallKeeper(hall_line), desk.announcer),
        custody=custody,
        bag_counts=BagCounts(desk, session, custody),
        post=PostOffice(
            bulk=BulkIntake(desk, session, intake, settings),
            bulk_files=BulkFiles(desk, intake, catalogue),
            bags=PostBags(desk, session, custody, units),
            waybills=waybills,
            files=PostFiles(desk, session, waybills),
        ),
        public_statuses=PublicStatuses(desk, proposals),
        portal_payloads=PortalPayloads(desk, catalogue),
        bulk=Bulk(desk, dossiers, custody, print_orders),
        exports=Exports(desk, session, lists, search),
        people=People(desk, session, lookup, search),
        digitising=digitising,
        reuse=Reuse(desk, session, digitising, offers, StoredPapers(desk, fetching)),
        paper_facts=PaperFacts(desk, session, digitising, slip_checks, units),
        scanning=Scanning(
            digitising,
            lambda: build_scanners(settings),
            settings,
            page_repairs,
            PileScans(digitising, slip_checks),
        ),
        page_repairs=page_repairs,
        document_signing=DocumentSigning(desk, session, digitising, signing),
        drafts=Drafts(desk, session),
        printing_jobs=PrintingJobs(desk),
        print_orders=print_orders,
        papers=Papers(desk, session, settings, slip_checks, process_times),
        slip_checks=slip_checks,
        peripherals=Peripherals(settings, desk.announcer),
        desk_status=DeskStatusReader(desk, session, settings),
        updates=Updates(desk, calendars),
        vault_care=vault_care,
        verification=Verification(desk, vault_care, paper_texts),
    )


def open_counter(
    folder: DataFolder,
    *,
    passphrase: str | None,
    clock: Clock | None = None,
    settings: Settings | None = None,
    announcer: Announcer | None = None,
    hold: SharedLock | None = None,
) -> OpenCounter:
    """Open a store with its services; devices are not started. `hold` is the store's, for one who is alone with it.

    Raises:
        AppError: as `counter_app.services.open_desk.open_desk` and `counter_app.update.using.use_store`.
    """
    configure_logs(folder.logs if folder.root.is_dir() else None)
    settings = settings or open_settings(folder)
    if hold is None:
        read_key_file(folder.keys)  # where there is no store, no lock is left behind
        hold = use_store(folder, __version__)
    try:
        desk = open_desk(
            folder, passphrase=passphrase, clock=clock or SystemClock(), announcer=announcer or Announcer()
        )
    except BaseException:
        hold.close()
        raise
    return OpenCounter(folder=folder, desk=desk, settings=settings, counter=build_counter(desk, settings), hold=hold)


@contextmanager
def opened(folder: DataFolder, *, passphrase: str | None, clock: Clock | None = None) -> Iterator[OpenCounter]:
    """Open a counter for the body and close it afterwards."""
    open_one = open_counter(folder, passphrase=passphrase, clock=clock)
    try:
        yield open_one
    finally:
        open_one.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstClerk:
    """The administrator of a new desk."""

    login: str
    full_name: str
    password: str


def init_desk(
    folder: DataFolder,
    *,
    passphrase: str | None,
    unit: Unit,
    desk_name: str,
    number_slice: Slice,
    administrator: FirstClerk,
    clock: Clock | None = None,
    invitation: Invitation | None = None,
) -> None:
    """Make a new desk with the starter catalogue and its first clerk: all of it, or nothing.

    With an invitation it is the province's desk too, or nothing is made.

    Raises:
        AppError: as `counter_app.services.open_desk.create_desk` and `counter_app.services.session.Session.save_clerk`,
            and ``disk.no_folder``, ``disk.occupied``.
    """
    from counter_app.domain.catalogue.starter import starter_procedures

    def fill(desk: OpenDesk) -> None:
        counter = build_counter(desk, open_settings(folder))
        counter.catalogue.publish(starter_procedures())
        counter.session.save_clerk(
            login=administrator.login,
            full_name=administrator.full_name,
            role=Role.ADMINISTRATOR,
            password=administrator.password,
        )
        if invitation is not None:
            counter.province_line.enrolling.enrol(invitation)

    folder.create()
    with occupying(folder.root):
        create_desk(
            folder,
            passphrase=passphrase,
            unit=unit,
            desk_name=desk_name,
            number_slice=number_slice,
            clock=clock or SystemClock(),
            fill=fill,
        )


def init_sample_desk(
    folder: DataFolder, *, passphrase: str | None, dossiers: int = 120, clock: Clock | None = None
) -> None:
    """Make a desk of an invented commune with a month of invented dossiers: all of it, or nothing.

    Raises:
        AppError: as `counter_app.services.open_desk.create_desk`, and ``disk.no_folder``, ``disk.occupied``.
    """
    folder.create()
    with occupying(folder.root):
        create_desk(
            folder,
            passphrase=passphrase,
            unit=sample_data.OWN_UNIT,
            desk_name=sample_data.DESK_NAME,
            number_slice=sample_data.NUMBER_SLICE,
            clock=clock or SystemClock(),
            fill=lambda desk: _fill_sample_desk(desk, build_counter(desk, open_settings(folder)), dossiers),
        )
    open_settings(folder).set("sign_in.login", sample_data.LOGIN)


def _fill_sample_desk(desk: OpenDesk, counter: Counter, dossiers: int) -> None:
    from counter_app.domain.catalogue.starter import starter_procedures

    sample_data.fill_sample_desk(
        desk,
        session=counter.session,
        units=counter.units,
        catalogue=counter.catalogue,
        intake=counter.intake,
        starter=starter_procedures(),
        dossiers=dossiers,
    )
    for job in counter.printing_jobs.list_open():
        counter.printing_jobs.claim_job(job.id, "sample")
        counter.printing_jobs.settle(job.id, sample_data.PAPER_OUT)
