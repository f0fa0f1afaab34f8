"""The list of all settings: name, type, default, meaning. A name that is not here does not exist."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Who a setting belongs to: the machine (printer, ports) or the person (language, theme)."""

    MACHINE = "machine"
    USER = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One declared setting. `choices` empty: any value of the default's type."""

    name: str
    default: str | int | bool
    scope: Scope
    meaning: str
    choices: tuple[str | int, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether the value has the declared type and is one of the choices."""
        if type(value) is not type(self.default):
            return False
        return not self.choices or value in self.choices


BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)

_ALL = (
    Setting(
        name="ui.language",
        default="vi",
        scope=Scope.USER,
        choices=("vi", "en"),
        meaning="language of the window",
    ),
    Setting(
        name="ui.theme",
        default="light",
        scope=Scope.USER,
        choices=("light", "dark"),
        meaning="colours of the window",
    ),
    Setting(name="sign_in.login", default="", scope=Scope.USER, meaning="who signed in last, offered again"),
    Setting(
        name="device.barcode_reader.port",
        default="",
        scope=Scope.MACHINE,
        meaning="serial port of the barcode reader, empty for none",
    ),
    Setting(
        name="device.barcode_reader.baud",
        default=9600,
        scope=Scope.MACHINE,
        choices=BAUD_RATES,
        meaning="speed of the barcode reader",
    ),
    Setting(
        name="device.card_reader.port",
        default="",
        scope=Scope.MACHINE,
        meaning="serial port of the identity card reader, empty for none",
    ),
    Setting(
        name="device.card_reader.baud",
        default=9600,
        scope=Scope.MACHINE,
        choices=BAUD_RATES,
        meaning="speed of the identity card reader",
    ),
    Setting(
        name="print.slip.printer",
        default="",
        scope=Scope.MACHINE,
        meaning="printer for receipts and slips, empty for PDF files in the data folder",
    ),
    Setting(
        name="print.slip.fallback",
        default="",
        scope=Scope.MACHINE,
        meaning="printer that takes over when that one cannot print; after it a PDF file, and the slip is owed",
    ),
    Setting(
        name="print.slip.copies",
        default=2,
        scope=Scope.MACHINE,
        choices=(1, 2, 3),
        meaning="copies (liên) of a slip",
    ),
    Setting(
        name="print.slip.sheet",
        default="A5",
        scope=Scope.MACHINE,
        choices=("A5", "A4"),
        meaning="paper of slips on a page printer; receipt printers use their roll",
    ),
    Setting(
        name="print.list.printer",
        default="",
        scope=Scope.MACHINE,
        meaning="printer for registers, handover records and reports on A4, empty for PDF files",
    ),
    Setting(
        name="print.list.fallback",
        default="",
        scope=Scope.MACHINE,
        meaning="printer that takes over for them",
    ),
    Setting(
        name="print.money.printer",
        default="",
        scope=Scope.MACHINE,
        meaning="printer for fee receipts, empty for PDF files",
    ),
    Setting(
        name="print.money.fallback",
        default="",
        scope=Scope.MACHINE,
        meaning="printer that takes over for them",
    ),
    Setting(
        name="print.money.drawer",
        default=False,
        scope=Scope.MACHINE,
        meaning="whether a fee receipt on a receipt printer opens the cash drawer",
    ),
    Setting(
        name="print.label.printer",
        default="",
        scope=Scope.MACHINE,
        meaning="printer for labels, empty for PDF files",
    ),
    Setting(
        name="print.label.fallback",
        default="",
        scope=Scope.MACHINE,
        meaning="printer that takes over for labels",
    ),
    Setting(
        name="print.label.sheet",
        default="label-50x30",
        scope=Scope.MACHINE,
        choices=("label-50x30", "label-100x50"),
        meaning="size of the labels",
    ),
    Setting(
        name="print.register.book",
        default="01",
        scope=Scope.MACHINE,
        meaning="number of the register's book (quyển số)",
    ),
    Setting(
        name="due.soon_days",
        default=3,
        scope=Scope.MACHINE,
        choices=(1, 2, 3, 4, 5),
        meaning="working days after today in which a dossier that is due is said to be due soon",
    ),
    Setting(
        name="sync.alarm_hours",
        default=24,
        scope=Scope.MACHINE,
        choices=(1, 4, 8, 24, 48, 72, 168),
        meaning="hours after which an entry that has not reached the province raises an alarm in the status strip",
    ),
    Setting(
        name="sync.hall_url",
        default="",
        scope=Scope.MACHINE,
        meaning="where the unit's hall node answers, https://HOST[:PORT]; empty to find it on the local network",
    ),
    Setting(
        name="sync.papers_hours",
        default="always",
        scope=Scope.MACHINE,
        choices=("always", "17-7", "19-6", "21-5", "11-14", "never"),
        meaning="hours of the day in which digitised papers and updates travel between desk and province",
    ),
    Setting(
        name="sync.papers_kbit_s",
        default=0,
        scope=Scope.MACHINE,
        choices=(0, 16, 32, 64, 128, 256, 512, 1024, 4096),
        meaning="how fast digitised papers and updates travel at most, kbit a second; 0 for as fast as it goes",
    ),
    Setting(
        name="due.extension_days",
        default=3,
        scope=Scope.MACHINE,
        choices=tuple(range(1, 31)),
        meaning="working days that an apology proposes to add to the due date",
    ),
    Setting(
        name="post.carrier",
        default="Bưu điện Việt Nam",
        scope=Scope.MACHINE,
        meaning="carrier of waybills where none is named",
    ),
    Setting(
        name="signing.token.module",
        default="",
        scope=Scope.MACHINE,
        meaning="PKCS#11 library of the clerk's token, empty for the first well-known one that is installed",
    ),
    Setting(
        name="signing.trust.folder",
        default="",
        scope=Scope.MACHINE,
        meaning="folder of trusted CA certificates and revocation lists, empty for `trust` in the data folder",
    ),
    Setting(
        name="signing.time_stamp.url",
        default="",
        scope=Scope.MACHINE,
        meaning="address of the time stamp authority (RFC 3161), empty for none",
    ),
    Setting(
        name="signing.idle_minutes",
        default=15,
        scope=Scope.MACHINE,
        choices=(5, 10, 15, 30, 60),
        meaning="minutes without a signature after which the token is signed out and its PIN asked for again",
    ),
    Setting(
        name="scan.device",
        default="",
        scope=Scope.MACHINE,
        meaning="scanner in use, by its id; empty until one is chosen where there are several",
    ),
    Setting(
        name="scan.separate",
        default=False,
        scope=Scope.MACHINE,
        meaning="whether what is scanned is a pile that is separated by its codes, instead of one document",
    ),
    Setting(
        name="scan.button",
        default=False,
        scope=Scope.MACHINE,
        meaning="whether the scanner's own button is listened to while the digitising page could scan",
    ),
    Setting(
        name="scan.profile",
        default="papers",
        scope=Scope.MACHINE,
        meaning="scan profile in use, by its id",
    ),
    Setting(
        name="scan.profiles",
        default="",
        scope=Scope.MACHINE,
        meaning="the unit's own scan profiles as a JSON list, empty for the standard ones only",
    ),
    Setting(
        name="scan.network.scanners",
        default="",
        scope=Scope.MACHINE,
        meaning="addresses of network scanners (eSCL) that do not announce themselves, separated by spaces",
    ),
    Setting(
        name="scan.network.search",
        default=True,
        scope=Scope.MACHINE,
        meaning="whether network scanners that announce themselves are looked for",
    ),
    Setting(
        name="scan.network.self_signed",
        default=False,
        scope=Scope.MACHINE,
        meaning="whether a scanner's own certificate, which nobody vouches for, is accepted on https",
    ),
    Setting(
        name="scan.folder",
        default="",
        scope=Scope.MACHINE,
        meaning="folder into which another machine puts scans, empty for none",
    ),
)

DECLARED = {setting.name: setting for setting in _ALL}
