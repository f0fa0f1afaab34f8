"""Everything a window or a command may ask for, in one typed bundle made by `counter_app.bootstrap`."""

from dataclasses import dataclass

from counter_app.core.changes import Announcer
from counter_app.core.clock import Clock
from counter_app.services.bag_counts import BagCounts
from counter_app.services.bulk import Bulk
from counter_app.services.bundles import BundleDesk
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.concerned import Concerned
from counter_app.services.corrections import Corrections
from counter_app.services.custody import Custody
from counter_app.services.desk_status import DeskStatusReader
from counter_app.services.digitising import Digitising
from counter_app.services.document_signing import DocumentSigning
from counter_app.services.dossiers import Dossiers
from counter_app.services.drafts import Drafts
from counter_app.services.exports import Exports
from counter_app.services.figures import FiguresReader
from counter_app.services.hall_line import HallLine
from counter_app.services.held import Held
from counter_app.services.identity_debts import IdentityDebts
from counter_app.services.intake import Intake
from counter_app.services.line_keeper import LineKeeper
from counter_app.services.lists import Lists
from counter_app.services.lookup import Lookup
from counter_app.services.online import Online
from counter_app.services.packs import Packs
from counter_app.services.page_repairs import PageRepairs
from counter_app.services.paper_facts import PaperFacts
from counter_app.services.paper_texts import PaperTexts
from counter_app.services.papers import Papers
from counter_app.services.people import People
from counter_app.services.peripherals import Peripherals
from counter_app.services.portal_payloads import PortalPayloads
from counter_app.services.post_office import PostOffice
from counter_app.services.preferences import Preferences
from counter_app.services.print_orders import PrintOrders
from counter_app.services.printing_jobs import PrintingJobs
from counter_app.services.process_times import ProcessTimes
from counter_app.services.province_line import ProvinceLine
from counter_app.services.public_statuses import PublicStatuses
from counter_app.services.reuse import Reuse
from counter_app.services.scanning import Scanning
from counter_app.services.search import Search
from counter_app.services.session import Session
from counter_app.services.slip_checks import SlipChecks
from counter_app.services.units import Units
from counter_app.services.updates import Updates
from counter_app.services.vault_care import VaultCare
from counter_app.services.verification import Verification
from counter_app.services.views import Views


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """The services of one open store."""

    clock: Clock
    announcer: Announcer
    preferences: Preferences
    session: Session
    units: Units
    calendars: Calendars
    catalogue: Catalogue
    intake: Intake
    lookup: Lookup
    lists: Lists
    packs: Packs
    online: Online
    concerned: Concerned
    held: Held
    identity_debts: IdentityDebts
    bundles: BundleDesk
    figures: FiguresReader
    search: Search
    paper_texts: PaperTexts
    views: Views
    dossiers: Dossiers
    corrections: Corrections
    process_times: ProcessTimes
    province_line: ProvinceLine
    hall_line: HallLine
    line_keeper: LineKeeper
    public_statuses: PublicStatuses
    people: People
    custody: Custody
    bag_counts: BagCounts
    post: PostOffice
    bulk: Bulk
    exports: Exports
    digitising: Digitising
    reuse: Reuse
    paper_facts: PaperFacts
    scanning: Scanning
    page_repairs: PageRepairs
    document_signing: DocumentSigning
    drafts: Drafts
    printing_jobs: PrintingJobs
    portal_payloads: PortalPayloads
    print_orders: PrintOrders
    papers: Papers
    slip_checks: SlipChecks
    peripherals: Peripherals
    desk_status: DeskStatusReader
    updates: Updates
    vault_care: VaultCare
    verification: Verification
