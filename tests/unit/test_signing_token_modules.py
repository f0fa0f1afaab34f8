import os

import pytest

from resources.token_modules import list_known_modules


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_every_known_library_has_a_full_path_so_that_none_can_be_planted(platform: str) -> None:
    modules = list_known_modules(platform)

    assert len({known.path for known in modules}) == len(modules) > 0
    for known in modules:
        path = str(known.path)
        assert path.startswith("/") if platform == "linux" else path.startswith(os.environ.get("SYSTEMROOT", "C:\\"))
        assert known.name


def test_a_system_nobody_described_has_none() -> None:
    assert list_known_modules("plan9") == ()
