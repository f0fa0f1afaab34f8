"""Today's ward for an address of before July 2025, and the search for a ward by a few words.

Since 1 July 2025 there are 34 provinces and no districts (Nghị quyết 202/2025/QH15 and the resolutions on communes of
16 June 2025); cards and papers still name the old places. An answer is given only when it is certain.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from counter_app.core.text import fold, nfc
from resources.administrative_units import (
    AdministrativeUnits,
    FormerCommune,
    FormerDistrict,
    Province,
    Ward,
    administrative_units,
)

_LONGEST_ADDRESS = 500
_KINDS = {
    "thị trấn": "thitran",
    "thị xã": "thixa",
    "thành phố": "thanhpho",
    "đặc khu": "dackhu",
    "phường": "phuong",
    "quận": "quan",
    "huyện": "huyen",
    "tỉnh": "tinh",
    "xã": "xa",
}
_SHORT_KINDS = {
    "tp": "thanhpho",
    "tx": "thixa",
    "tt": "thitran",
    "đk": "dackhu",
    "p": "phuong",
    "q": "quan",
    "h": "huyen",
    "x": "xa",
    "t": "tinh",
}
_WARD_KINDS = {"", "phuong", "xa", "thitran", "dackhu"}
_DISTRICT_KINDS = {"", "quan", "huyen", "thixa", "thanhpho"}
_PROVINCE_KINDS = {"", "tinh", "thanhpho"}
_FULL = re.compile(rf"({'|'.join(_KINDS)})\s+(\S.*)")
_BARE_KINDS = {fold(words): kind for words, kind in _KINDS.items()}
_UNMARKED = re.compile(rf"({'|'.join(_BARE_KINDS)})\s+(\S.*)")
_SHORT = re.compile(r"(tp|t\.p|tx|t\.x|tt|t\.t|đk|[pqhxt])(?:\.\s*|\s+|(?=[0-9]))(\S.*)")
# Type words in the middle of a part begin a new one ("Phường 1 Quận 5"); the "xã" of "thị xã" does not.
_INNER = re.compile(
    rf"(?<=\S)\s+(?=(?:{'|'.join(_KINDS)})\s)(?<!\bthị\s)|(?<=\S)\s+(?=(?:tp|tx|tt|[pqh])\.)", re.IGNORECASE
)
_COUNTRY = {"vietnam", "vn"}
_PROVINCE_ALIASES = {
    "hn": "hanoi",
    "hcm": "hochiminh",
    "tphcm": "hochiminh",
    "thuathienhue": "hue",
    "brvt": "bariavungtau",
    "daclac": "daklak",
    "dacnong": "daknong",
}


class PlaceMatch(msgspec.Struct, frozen=True, kw_only=True):
    """A ward of today with its province. `is_former`: the address named the place as it was before July 2025."""

    ward_code: str
    ward_name: str
    province_code: str
    province_name: str
    is_former: bool


class _Name(msgspec.Struct, frozen=True):
    """A name taken apart: kind without marks or "", name without marks or blanks, name with its marks.

    `is_unmarked`: it stands in a part without any marks, so it may mean every name of those letters.
    """

    kind: str
    key: str
    marked: str
    is_unmarked: bool = False


class _Part(msgspec.Struct, frozen=True):
    """One part of an address in every way it can be read."""

    readings: tuple[_Name, ...]

    def of_kind(self, kinds: set[str]) -> Iterator[_Name]:
        return (name for name in self.readings if name.kind in kinds)


def _key(text: str) -> str:
    bare = "".join(char for char in fold(text) if char.isalnum()).replace("y", "i")
    return bare.lstrip("0") or bare if bare.isdecimal() else bare


def _marked(text: str) -> str:
    """Return the name with its marks in one spelling: tones after the syllable, so that òa and oà are the same."""
    syllables = []
    for syllable in re.split(r"[\W_]+", nfc(text).lower()):
        letters = unicodedata.normalize("NFD", syllable).replace("y", "i")
        tones = "".join(char for char in letters if char in "\u0300\u0301\u0303\u0309\u0323")
        syllables.append("".join(char for char in letters if char not in tones) + tones)
    return "".join(syllables)


def _name(kind: str, text: str, *, is_unmarked: bool = False) -> _Name:
    key = _key(text)
    return _Name(kind, key, key if key.isdecimal() else _marked(text), is_unmarked)


def _official(full_name: str) -> _Name:
    match = _FULL.fullmatch(nfc(full_name).lower())
    return _name(_KINDS[match[1]], match[2]) if match else _name("", full_name)


def _read_part(text: str) -> _Part:
    lowered = nfc(text).lower()
    is_unmarked = lowered.isascii()
    whole = _name("", lowered, is_unmarked=is_unmarked)
    if match := _FULL.fullmatch(lowered):
        return _Part((_name(_KINDS[match[1]], match[2]),))
    if match := _SHORT.fullmatch(lowered):
        kind = _SHORT_KINDS[match[1].replace(".", "")]
    elif is_unmarked and (match := _UNMARKED.fullmatch(lowered)):
        kind = _BARE_KINDS[match[1]]
    else:
        return _Part((whole,))
    return _Part((_name(kind, match[2], is_unmarked=is_unmarked), whole))


def _split(address: str) -> list[_Part]:
    pieces = [piece for part in re.split(r"[,;\n]", _nfc_lines(address)) for piece in _INNER.split(part)]
    parts = [_read_part(piece) for piece in pieces if _key(piece)]
    return [part for part in parts if part.readings[-1].key not in _COUNTRY]


def _nfc_lines(text: str) -> str:
    # A line break separates the parts of an address, so it must outlive the composing.
    return "\n".join(nfc(line) for line in text.splitlines())


class _Index:
    """The units by the names people write. Built once, then only read."""

    def __init__(self, units: AdministrativeUnits) -> None:
        self.provinces = {province.code: province for province in units.provinces}
        self.wards = {ward.code: ward for ward in units.wards}
        self._current_provinces: dict[str, list[str]] = {}
        self._former_provinces: dict[str, list[str]] = {}
        self._predecessors: dict[str, list[str]] = {}
        self._districts: dict[str, list[tuple[_Name, FormerDistrict]]] = {}
        self._communes: dict[tuple[str, str], list[tuple[_Name, FormerCommune]]] = {}
        self._wards: dict[tuple[str, str], list[tuple[_Name, Ward]]] = {}
        self._islands: dict[str, tuple[str, ...]] = {}
        self._add_current(units)
        self._add_former(units)

    def _add_current(self, units: AdministrativeUnits) -> None:
        for province in units.provinces:
            self._current_provinces.setdefault(_official(province.name).key, []).append(province.code)
        for ward in units.wards:
            name = _official(ward.name)
            self._wards.setdefault((ward.province_code, name.key), []).append((name, ward))

    def _add_former(self, units: AdministrativeUnits) -> None:
        for province in units.former_provinces:
            self._former_provinces.setdefault(_official(province.name).key, []).append(province.code)
            self._predecessors.setdefault(province.current_code, []).append(province.code)
        for district in units.former_districts:
            self._districts.setdefault(district.province_code, []).append((_official(district.name), district))
        for commune in units.former_communes:
            name = _official(commune.name)
            self._communes.setdefault((commune.district_code, name.key), []).append((name, commune))
            if not commune.name:
                self._islands[commune.district_code] = commune.ward_codes

    def current_provinces(self, part: _Part) -> list[str]:
        """Return codes of today's provinces of that name."""
        return self._province_codes(part, self._current_provinces)

    def former_provinces(self, part: _Part) -> list[str]:
        """Return codes of former provinces of that name."""
        return self._province_codes(part, self._former_provinces)

    def predecessors(self, codes: Iterable[str]) -> list[str]:
        """Return codes of the former provinces that today's were made of."""
        return [former for code in codes for former in self._predecessors.get(code, [])]

    @staticmethod
    def _province_codes(part: _Part, codes: dict[str, list[str]]) -> list[str]:
        keys = [_PROVINCE_ALIASES.get(name.key, name.key) for name in part.of_kind(_PROVINCE_KINDS)]
        return list(dict.fromkeys(code for key in keys for code in codes.get(key, [])))

    def districts(self, part: _Part, province_codes: Iterable[str]) -> list[FormerDistrict]:
        """Return the former districts a part may mean, the best kind of match only."""
        known = [entry for code in province_codes for entry in self._districts.get(code, [])]
        for wanted in part.of_kind(_DISTRICT_KINDS):
            same = [district for name, district in known if name.key == wanted.key]
            earlier = [district for _, district in known if _was_called(district, wanted)]
            if not wanted.kind and (same or earlier):
                return same + [district for district in earlier if district not in same]
            exact = [d for name, d in known if (name.kind, name.key) == (wanted.kind, wanted.key)]
            if found := exact or earlier or same:
                return found
        return []

    def communes(self, part: _Part, districts: Iterable[FormerDistrict]) -> list[FormerCommune]:
        """Return the former communes of that name in districts, else in the neighbours that took some over."""
        codes = [district.code for district in districts]
        neighbours = [code for district in districts for code in district.neighbour_codes]
        return self._communes_in(part, codes) or self._communes_in(part, neighbours)

    def communes_of_provinces(self, part: _Part, province_codes: Iterable[str]) -> list[FormerCommune]:
        """Return the former communes of that name anywhere in provinces."""
        districts = [district for code in province_codes for _, district in self._districts.get(code, [])]
        return self._communes_in(part, [district.code for district in districts])

    def _communes_in(self, part: _Part, district_codes: list[str]) -> list[FormerCommune]:
        for wanted in part.of_kind(_WARD_KINDS):
            near = [entry for code in district_codes for entry in self._communes.get((code, wanted.key), [])]
            same = [(name, commune) for name, commune in near if _same_marks(name, wanted)]
            exact = [commune for name, commune in same if wanted.kind in {"", name.kind}]
            # A commune made a ward keeps its ground; a township may have been cut out of the commune of its name.
            raised = [commune for name, commune in same if (wanted.kind, name.kind) == ("xa", "phuong")]
            if found := exact or raised:
                return found
        return []

    def current_wards(self, part: _Part, province_codes: Iterable[str]) -> list[Ward]:
        """Return today's wards of that name in today's provinces."""
        for wanted in part.of_kind(_WARD_KINDS):
            near = [entry for code in province_codes for entry in self._wards.get((code, wanted.key), [])]
            same = [(name, ward) for name, ward in near if _same_marks(name, wanted)]
            if found := [ward for name, ward in same if wanted.kind in {"", name.kind}]:
                return found
        return []

    def island_wards(self, districts: Iterable[FormerDistrict]) -> list[str]:
        """Return today's wards of former island districts that had no communes."""
        return [code for district in districts for code in self._islands.get(district.code, ())]

    def place(self, ward_code: str, *, is_former: bool) -> PlaceMatch:
        """Return the place of a ward code."""
        ward = self.wards[ward_code]
        province: Province = self.provinces[ward.province_code]
        return PlaceMatch(
            ward_code=ward.code,
            ward_name=ward.name,
            province_code=province.code,
            province_name=province.name,
            is_former=is_former,
        )


def _was_called(district: FormerDistrict, wanted: _Name) -> bool:
    for earlier in district.earlier_names:
        kind, _, key = earlier.partition(" ")
        if _key(key) == wanted.key and wanted.kind in {"", kind}:
            return True
    return False


def _same_marks(name: _Name, wanted: _Name) -> bool:
    return wanted.is_unmarked or name.marked == wanted.marked


@cache
def _index() -> _Index:
    return _Index(administrative_units())


class _Found(msgspec.Struct, frozen=True):
    """The wards an address may mean; more than one, or none, is uncertain."""

    ward_codes: frozenset[str]
    is_former: bool


def find_current_of_old(address: str) -> PlaceMatch | None:
    """Return today's ward and province of an address, or None when it is not certain which they are.

    Reads "..., phường X, quận Y, tỉnh Z" in this order, reversed, or in any order when each part names its kind; with
    P., Q., TP., TX., H., X., TT., or bare as on identity cards ("Cổ Lễ, Trực Ninh, Nam Định"). An address that already
    names today's ward gives that ward. A commune that was divided is never certain. The first call takes about a
    quarter of a second; safe from any thread.
    """
    if len(address) > _LONGEST_ADDRESS:
        return None
    parts = _split(address)
    for order in (parts, parts[::-1], sorted(parts, key=_rank)):
        found = _read(order)
        if found is not None:
            codes = list(found.ward_codes)
            return _index().place(codes[0], is_former=found.is_former) if len(codes) == 1 else None
    return None


def _rank(part: _Part) -> int:
    kind = part.readings[0].kind
    if not kind:
        return 0
    if kind in _WARD_KINDS:
        return 1
    # "Thành phố" is a district or a province; where both are given, the province is the one called "tỉnh".
    return 3 if kind == "tinh" else 2


def _read(order: list[_Part]) -> _Found | None:
    """Return what the parts mean when the last is the province, None when they mean nothing in this order."""
    if len(order) < 2:
        return None
    index = _index()
    current = index.current_provinces(order[-1])
    former = index.former_provinces(order[-1])
    for province_codes in (former, index.predecessors(current)):
        districts = index.districts(order[-2], province_codes)
        communes = index.communes(order[-3], districts) if len(order) > 2 else []
        codes = [code for commune in communes for code in commune.ward_codes] or index.island_wards(districts)
        if codes:
            return _Found(frozenset(codes), is_former=True)
    return _read_without_district(order[-2], current, former)


def _read_without_district(ward: _Part, current: list[str], former: list[str]) -> _Found | None:
    index = _index()
    is_bare = not ward.readings[0].kind
    wards = index.current_wards(ward, current)
    if wards and is_bare and index.districts(ward, [*former, *index.predecessors(current)]):
        # "Ba Đình, Hà Nội" is today's ward or the whole former district.
        return _Found(frozenset(), is_former=False)
    if wards:
        return _Found(frozenset(ward.code for ward in wards), is_former=False)
    communes = [] if is_bare else index.communes_of_provinces(ward, former)
    codes = frozenset(code for commune in communes for code in commune.ward_codes)
    return _Found(codes, is_former=True) if codes else None


def find_units(words: str, *, limit: int = 20) -> tuple[PlaceMatch, ...]:
    """Return today's wards whose name or province begins with each of the words, best first.

    Without regard to marks and case: "co le ninh" finds Xã Cổ Lễ, Tỉnh Ninh Bình. No words find nothing.
    """
    wanted = _search_text(words).split()
    if not wanted:
        return ()
    start = " " + " ".join(wanted)
    found = [
        (not bare.startswith(start), code)
        for code, (bare, text) in _search_lines().items()
        if all(f" {word}" in text for word in wanted)
    ]
    return tuple(_index().place(code, is_former=False) for _, code in sorted(found)[:limit])


def _search_text(text: str) -> str:
    return fold(" ".join(re.split(r"[\W_]+", nfc(text)))).replace("y", "i")


@cache
def _search_lines() -> dict[str, tuple[str, str]]:
    index = _index()
    lines = {}
    for code, ward in index.wards.items():
        match = _FULL.fullmatch(nfc(ward.name).lower())
        bare = " " + _search_text(match[2] if match else ward.name)
        province = index.provinces[ward.province_code].name
        lines[code] = (bare, f" {_search_text(ward.name)} {_search_text(province)}")
    return lines
