"""Under which numbers PostgreSQL keeps what only one process of a province does at a time: no two works share one."""

from enum import IntEnum, unique


@unique
class Lock(IntEnum):
    """A work, and the number of its lock; a number stays what it is, for services of two versions may run at once."""

    MIGRATION = 20_261_128
    TELLING_PORTAL = 20_261_129
    NUMBERING_PACKS = 20_261_130
    ASKING_SYSTEMS = 20_261_131
    REPORTING = 20_261_132
    TELLING_CONCERNED = 20_261_133
    MAKING_PARTITION = 20_261_134
    LAYING_DOWN_UPDATE = 20_261_135
