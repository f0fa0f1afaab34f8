import logging
import multiprocessing
from pathlib import Path

import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.logs import configure_logs
from counter_app.core.occupying import occupying
from counter_app.core.paths import DataFolder
from counter_app.core.reading import read_at_most


def test_file_is_read_up_to_its_bound_and_not_beyond(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")

    assert read_at_most(file, 5) == b"12345"
    assert read_at_most(file, 4) is None


def _try(folder: Path) -> str:
    try:
        with occupying(folder):
            return "mine"
    except EnvironmentFailure as failure:
        return failure.code


def test_second_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as other:
        with occupying(tmp_path):
            assert other.apply(_try, (tmp_path,)) == "disk.occupied"
        assert other.apply(_try, (tmp_path,)) == "mine"

    assert list(tmp_path.iterdir()) == []


def test_mark_that_a_dead_process_left_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "making.lock").touch()

    assert _try(tmp_path) == "mine"


def test_data_folder_below_a_file_is_an_environment_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(EnvironmentFailure) as caught:
        DataFolder(tmp_path / "file" / "desk").create()

    assert (caught.value.code, caught.value.context) == ("disk.no_folder", {"folder": "desk"})


def test_log_of_an_exception_tells_place_and_kind_and_not_what_it_quotes(tmp_path: Path) -> None:
    typed = "Nguyễn Văn " + chr(66) + "í Mật"  # a log shows source lines
    configure_logs(tmp_path)
    try:
        try:
            int(typed)
        except ValueError as error:
            raise UserError("card.unreadable", field="name") from error
    except UserError:
        logging.getLogger("counter_app.something").exception("not read")
    configure_logs(None)

    log = (tmp_path / "counter.log").read_text(encoding="utf-8")
    assert typed not in log
    assert "ValueError" in log
    assert "card.unreadable (field=name)" in log
    assert f'File "{__file__}"' in log
