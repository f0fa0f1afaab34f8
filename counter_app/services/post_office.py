"""The services of a post office's desk, in one typed bundle."""

from dataclasses import dataclass

from counter_app.services.bulk_files import BulkFiles
from counter_app.services.bulk_intake import BulkIntake
from counter_app.services.post_bags import PostBags
from counter_app.services.post_files import PostFiles
from counter_app.services.waybills import Waybills


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """Bulk intake, bags, waybills and lists of one open store."""

    bulk: BulkIntake
    bulk_files: BulkFiles
    bags: PostBags
    waybills: Waybills
    files: PostFiles
