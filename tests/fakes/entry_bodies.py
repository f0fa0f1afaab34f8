"""Bodies of entries as another desk may send them: well typed, and otherwise anything."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
from hypothesis import strategies as st

from counter_app.domain.correction import FIELDS
from counter_app.journal.entries import BODIES, Body

_WORDS = st.text("aăđN ớ\u0301'1-|", max_size=8)
_INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
_NUMBERS = st.integers(-(2**53), 2**53)
#: Fields by which one thing names another; they draw from few names, so that entries meet.
_REFERENCES = frozenset(
    [
        "id",
        "dossier_id",
        "document_id",
        "manifest",
        "number",
        "waybill",
        "code",
        "desk_id",
        "unit_code",
        "kept",
        "other",
    ]
)


def bodies(names: list[str], *, is_hostile: bool = False) -> st.SearchStrategy[Body]:
    """Return bodies of every kind and version; `names` are what they speak of, in the field that says so and lists.

    Those of a hostile desk have instants without an offset or at the ends of the calendar, and numbers beyond 64 bits.
    """
    plain = _PLAIN | _HOSTILE if is_hostile else _PLAIN
    return st.sampled_from(sorted(BODIES)).flatmap(
        lambda key: _Drawing(names, plain).of(msgspec.inspect.type_info(BODIES[key]))
    )


class _Drawing:
    def __init__(self, names: list[str], plain: dict[type, st.SearchStrategy[Any]]) -> None:
        self._names, self._plain = st.sampled_from(names), plain

    def of(self, kind: Any, name: str = "") -> st.SearchStrategy[Any]:  # noqa: PLR0911 -- one line per kind of type
        """Return values of a type, of the field with this name."""
        match kind:
            case msgspec.inspect.StructType():
                return self._struct(kind)
            case msgspec.inspect.UnionType(types=parts):
                return st.one_of(*(self.of(part, name) for part in parts))
            case msgspec.inspect.VarTupleType(item_type=item):
                return st.lists(self.of(item, name), max_size=2).map(tuple)
            case msgspec.inspect.ListType(item_type=item):
                return st.lists(self.of(item, name), max_size=2)
            case msgspec.inspect.TupleType(item_types=items):
                return st.tuples(*(self.of(item, name) for item in items))
            case msgspec.inspect.DictType(key_type=key, value_type=value):
                return st.dictionaries(self.of(key), self.of(value), max_size=2)
            case msgspec.inspect.EnumType(cls=cls):
                return st.sampled_from(list(cls))
            case msgspec.inspect.IntType(ge=int(low), le=int(high)):
                return st.integers(low, high)
            case msgspec.inspect.StrType():
                return self._text(name)
            case _:
                return self._plain[type(kind)]

    def _text(self, name: str) -> st.SearchStrategy[str]:
        if name == "field":
            return st.sampled_from(FIELDS) | _WORDS
        return self._names | _WORDS if name.removesuffix("s") in _REFERENCES else _WORDS

    def _struct(self, kind: msgspec.inspect.StructType) -> st.SearchStrategy[Any]:
        needed = {field.name: self.of(field.type, field.name) for field in kind.fields if field.required}
        offered = {field.name: self.of(field.type, field.name) for field in kind.fields if not field.required}
        cls = kind.cls
        drawn = st.fixed_dictionaries(needed, optional=offered)
        return drawn.map(lambda facts: cls(**facts))


_PLAIN: dict[type, st.SearchStrategy[Any]] = {
    msgspec.inspect.NoneType: st.none(),
    msgspec.inspect.IntType: st.integers(0, 9) | _NUMBERS,
    msgspec.inspect.BoolType: st.booleans(),
    msgspec.inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
    msgspec.inspect.BytesType: st.binary(max_size=4),
    msgspec.inspect.DateTimeType: _INSTANTS,
    msgspec.inspect.DateType: st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    msgspec.inspect.TimeType: st.times(time(0, 0), time(23, 59)),
}
_HOSTILE: dict[type, st.SearchStrategy[Any]] = {
    msgspec.inspect.IntType: _PLAIN[msgspec.inspect.IntType] | st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63) - 1]),
    msgspec.inspect.DateTimeType: _INSTANTS | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
    msgspec.inspect.DateType: st.dates(),
}
