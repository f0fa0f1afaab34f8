"""What several modules here begin with: one province for all tests of a module, empty for each of them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from counter_app.province.service import Province
from counter_app.store import keys
from tests.fakes.province import empty, served_province


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Province, Path]]:
    """Give a province that answers until the module ends, and its folder."""
    with served_province() as made:
        yield made


@pytest.fixture(scope="module")
def service(served: tuple[Province, Path]) -> Province:
    """Give that province."""
    return served[0]


@pytest.fixture
def province(service: Province) -> Province:
    """Give it without a unit: desks of several tests are copies of the same few, and a province knows a desk once."""
    empty(service)
    return service


@pytest.fixture(scope="module")
def _stretched_once() -> Iterator[None]:
    """Where a desk is opened many times its pass phrase is stretched once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "derive_key", cache(keys.derive_key))
        yield
