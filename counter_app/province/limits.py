"""How often anybody may ask: counted in the database, so that several services count together.

What is counted lies in one of a fixed number of buckets. Two that share one share its count too, which is rare and
harmless; nobody can fill the disk with addresses, and the table says of nobody that they asked.
"""

import hashlib
from datetime import datetime

import msgspec

from counter_app.province.database import Connection

_BUCKETS = 1 << 20
_COUNT = """
INSERT INTO web_try VALUES (%(bucket)s, %(period)s, 1)
ON CONFLICT (bucket) DO UPDATE SET period = excluded.period,
  count = CASE WHEN web_try.period = excluded.period THEN web_try.count + 1 ELSE 1 END
RETURNING count
"""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """So many within so many seconds. `name` keeps the counts of limits apart."""

    name: str
    most: int
    period_s: int


#: All questions of one address; many people share one behind a carrier's translation of addresses.
ASKED = Limit(name="asked", most=600, period_s=600)
#: Those that were not answered: 30 of 2**40 checks in ten minutes.
FAILED = Limit(name="failed", most=30, period_s=600)
#: Those about one code, from wherever; the QR of the paper is not counted here, it cannot be guessed.
FAILED_CODE = Limit(name="code", most=10, period_s=3_600)


class Limits:
    """Counts under a key of the province's own, so that a bucket cannot be computed from outside."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(key).digest()

    def take(self, connection: Connection, limit: Limit, who: str, *, now: datetime) -> bool:
        """Count one more and return whether it is still allowed. Must be committed, whatever comes of the question."""
        row = connection.execute(_COUNT, self._place(limit, who, now)).fetchone()
        return row is not None and row.count <= limit.most

    def give_back(self, connection: Connection, limit: Limit, who: str, *, now: datetime) -> None:
        """Take one back that was counted before it was known to be right."""
        query = "UPDATE web_try SET count = greatest(0, count - 1) WHERE bucket = %(bucket)s AND period = %(period)s"
        connection.execute(query, self._place(limit, who, now))

    def _place(self, limit: Limit, who: str, now: datetime) -> dict[str, int]:
        digest = hashlib.blake2b(f"{limit.name}\x00{who}".encode(), key=self._key, digest_size=8).digest()
        return {
            "bucket": int.from_bytes(digest, "big") % _BUCKETS,
            "period": int(now.timestamp()) // limit.period_s,
        }
