"""The sheets as sizes: paper, margins and type, in points (1/72 inch) unless a name says otherwise.

A4 follows Nghị định 30/2020/NĐ-CP, phụ lục I (margins 20, 20, 30, 15 mm; national header 12-13, body 13, name of the
paper 14); A5 has its proportions made smaller. Rolls and labels are measured in dots of their printers, 203 to the
inch, so that the modules of a code are whole dots.
"""

from dataclasses import dataclass, replace

from counter_app.domain.forms.kinds import Sheet

MM = 72 / 25.4
DOT = 72 / 203
"""The pitch of a thermal print head: 0.125 mm."""
LONGEST_PAGE = 14_000.0
"""ISO 19005-2, 6.1.13: no page is longer than 14,400 units; a roll's page that would be goes on as another page."""
_A_HAIR = 0.002  # keeps a page of n dots from being rounded up to n + 1 of them when it is drawn


@dataclass(frozen=True, slots=True)
class Type:
    """A size of letters and the distance from one baseline to the next."""

    size: float
    leading: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How a sheet is used. A `height` of 0 is a roll's: as long as what stands on it.

    `bar` is the widest module of a Code 128 and `least_bar` the narrowest that is still drawn; where `dot` is set
    both are whole dots. `most_stretch` is what a short paper adds to each gap. `foot_size` 0 leaves the foot out.
    """

    sheet: Sheet
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    body: Type
    head: Type
    title: Type
    cell: Type
    notes: Type
    cell_head_size: float
    cell_note_size: float
    foot_size: float = 0.0
    left_share: float = 0.455
    field_gap: float = 0.4
    after_table: float = 4.0
    most_stretch: float = 0.0
    sign_space: float = 29.0
    logo_height: float = 11 * MM
    bar: float = 0.72
    least_bar: float = 0.5
    bar_height: float = 21.0
    dot: float = 0.0

    @property
    def content_width(self) -> float:
        """The width between the margins."""
        return self.width - self.left - self.right

    @property
    def content_height(self) -> float:
        """The height between the margins, a roll's longest page."""
        return (self.height or LONGEST_PAGE) - self.top - self.bottom

    @property
    def unit(self) -> float:
        """How much larger than on A5 everything is: distances grow with the letters."""
        return self.body.size / 9.6

    @property
    def is_roll(self) -> bool:
        """Whether the page is as long as its content, and too narrow for things side by side."""
        return not self.height

    @property
    def is_label(self) -> bool:
        """Whether a page is a sticker."""
        return self.sheet in (Sheet.LABEL_50X30, Sheet.LABEL_100X50)

    def up(self, length: float) -> float:
        """Return a length rounded up to whole dots, or as it is where dots do not matter."""
        return -(-(length - 1e-6) // self.dot) * self.dot if self.dot else length

    def down(self, length: float) -> float:
        """Return a length rounded down to whole dots, or as it is where dots do not matter."""
        return (length + 1e-6) // self.dot * self.dot if self.dot else length


_A5 = Geometry(
    sheet=Sheet.A5,
    width=148 * MM,
    height=210 * MM,
    left=15 * MM,
    right=10 * MM,
    top=9 * MM,
    bottom=12 * MM,
    body=Type(9.6, 11.1),
    head=Type(8.9, 10.8),
    title=Type(12.6, 15.2),
    cell=Type(9.2, 10.6),
    notes=Type(8.1, 9.5),
    cell_head_size=8.8,
    cell_note_size=8.4,
    foot_size=7.6,
    most_stretch=4.5,
)

_A4 = Geometry(
    sheet=Sheet.A4,
    width=210 * MM,
    height=297 * MM,
    left=30 * MM,
    right=15 * MM,
    top=20 * MM,
    bottom=20 * MM,
    body=Type(13, 15.4),
    head=Type(12.5, 15),
    title=Type(14, 17.5),
    cell=Type(12, 14),
    notes=Type(11, 13),
    cell_head_size=11.5,
    cell_note_size=11,
    foot_size=9.5,
    left_share=0.42,
    field_gap=1.5,
    after_table=5.5,
    most_stretch=6.0,
    sign_space=45.0,
    logo_height=15 * MM,
    bar=0.96,
    bar_height=28.0,
)

_A4_LANDSCAPE = Geometry(
    sheet=Sheet.A4_LANDSCAPE,
    width=297 * MM,
    height=210 * MM,
    left=20 * MM,
    right=15 * MM,
    top=15 * MM,
    bottom=15 * MM,
    body=Type(10.5, 12.6),
    head=Type(11, 13.4),
    title=Type(14, 17.5),
    cell=Type(9.4, 10.9),
    notes=Type(9, 10.6),
    cell_head_size=9,
    cell_note_size=8.6,
    foot_size=8.2,
    left_share=0.45,
    field_gap=0.6,
    most_stretch=4.5,
    sign_space=38.0,
    logo_height=14 * MM,
    bar_height=24.0,
)


def _roll(sheet: Sheet, dots: int, printable: int, body: Type, title: Type, cell: Type) -> Geometry:
    return Geometry(
        sheet=sheet,
        width=dots * DOT - _A_HAIR,
        height=0.0,
        left=(dots - printable) // 2 * DOT,
        right=(dots - printable) // 2 * DOT - _A_HAIR,
        top=24 * DOT,
        bottom=32 * DOT - _A_HAIR,
        body=body,
        head=body,
        title=title,
        cell=cell,
        notes=Type(cell.size - 0.5, cell.leading - 0.6),
        cell_head_size=cell.size - 0.3,
        cell_note_size=cell.size - 0.6,
        field_gap=1.0,
        sign_space=36.0,
        bar=3 * DOT,
        least_bar=2 * DOT,
        bar_height=72 * DOT,
        dot=DOT,
    )


def _label(sheet: Sheet, dots: tuple[int, int], code: float, line: float, bars: int) -> Geometry:
    side = 12 * DOT
    return Geometry(
        sheet=sheet,
        width=dots[0] * DOT - _A_HAIR,
        height=dots[1] * DOT - _A_HAIR,
        left=side,
        right=side - _A_HAIR,
        top=12 * DOT,
        bottom=10 * DOT - _A_HAIR,
        body=Type(line, line * 1.16),
        head=Type(line, line * 1.16),
        title=Type(code, code * 1.2),
        cell=Type(line, line * 1.16),
        notes=Type(line, line * 1.16),
        cell_head_size=line,
        cell_note_size=line,
        bar=4 * DOT,
        least_bar=2 * DOT,
        bar_height=bars * DOT,
        dot=DOT,
    )


# 80 mm paper has 72 mm (576 dots) in reach of the head, 58 mm paper 48 mm (384 dots): printing/profiles.py.
_ALL = (
    _A5,
    _A4,
    _A4_LANDSCAPE,
    _roll(Sheet.ROLL_80, 640, 576, Type(9.4, 11.2), Type(12, 14.4), Type(9, 10.6)),
    _roll(Sheet.ROLL_58, 464, 384, Type(8.4, 10), Type(10.4, 12.6), Type(8.2, 9.6)),
    _label(Sheet.LABEL_50X30, (400, 240), 9.0, 6.8, 120),
    _label(Sheet.LABEL_100X50, (800, 400), 16.0, 11.0, 180),
)
_BY_SHEET = {geometry.sheet: geometry for geometry in _ALL}
_TIGHT = {
    Sheet.A5: replace(
        _A5,
        body=Type(9.2, 10.3),
        head=Type(8.7, 10.1),
        title=Type(12, 14),
        cell=Type(8.8, 9.9),
        notes=Type(7.8, 8.8),
        cell_head_size=8.5,
        cell_note_size=8.1,
        field_gap=0.2,
        after_table=3.0,
        sign_space=22.0,
        logo_height=9 * MM,
    ),
    Sheet.A4: replace(
        _A4,
        body=Type(13, 14.6),
        head=Type(12, 13.8),
        title=Type(14, 16.5),
        cell=Type(11.5, 12.9),
        notes=Type(10.5, 11.9),
        cell_head_size=11,
        cell_note_size=10.5,
        field_gap=0.5,
        after_table=4.0,
        sign_space=36.0,
        logo_height=12 * MM,
    ),
}


def geometry_of(sheet: Sheet) -> Geometry:
    """Return the sizes of a sheet."""
    return _BY_SHEET[sheet]


def find_tighter(geometry: Geometry) -> Geometry | None:
    """Return the same sheet with a little less of everything, for a paper that would just not fit one page."""
    return _TIGHT.get(geometry.sheet)
