"""The check beside the look-up address on paper: the same everywhere, forgiving to type, not to be guessed."""

import re

from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.ids import new_id
from counter_app.domain.lookup_check import check_of, is_check

CODE = "H56.14-261128-0001"
ID = "01932b3c-7a10-7cc4-8f00-5d2a9c1e4b77"


def test_check_stands_on_paper_and_so_never_changes() -> None:
    assert check_of(CODE, ID) == "1WBE-XPJZ"


@given(ids=st.uuids(), code=st.sampled_from((CODE, "H99.14-261123-1000")), typed=st.sampled_from(("-", " ", "", " - ")))
def test_check_is_typed_as_people_type_and_belongs_to_one_dossier(ids: object, code: str, typed: str) -> None:
    check = check_of(code, str(ids))
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", check)
    spelled = check.replace("-", typed).replace("0", "o").replace("1", "l").lower()
    assert is_check(spelled, code, str(ids))
    assert is_check(check, code.lower(), str(ids))
    assert not is_check(check, code, new_id())
    assert not is_check(check, CODE + "1", str(ids))


@given(text=st.text(max_size=60))
def test_whatever_is_typed_is_only_right_when_it_is_the_check(text: str) -> None:
    kept = "".join(char for char in text.upper() if char.isalnum()).translate(str.maketrans("OIL", "011"))
    assert is_check(text, CODE, ID) == (kept == check_of(CODE, ID).replace("-", ""))
