"""A week of a desk that never had a line, as processes: by stick and through a desk that cannot read it, and back."""

from pathlib import Path

from tests.e2e.program import PASS_PHRASE, Program
from tests.e2e.test_province_command_line import enrolled, received, served
from tests.fakes.province import province_folder


def lonely_desk(province: Program, root: Path) -> Program:
    file = root / "quay-xa.enrol"
    province.ask("province", "enrol", "H99.14", "--name", "Quầy xa", "--out", file)
    desk = Program(root / "lonely")
    desk.run("init", "--enrol-file", file, "--json", COUNTER_APP_PASSWORD=PASS_PHRASE).json()
    return desk


def test_a_week_goes_up_twice_and_out_of_order_and_the_answer_turns_the_ticks(tmp_path: Path) -> None:
    with province_folder() as folder:
        province = Program(folder / "province")
        with served(province.data) as url:
            lonely, carrier = lonely_desk(province, tmp_path), enrolled(province, tmp_path / "carrier", url, "Quầy 2")
            sticks, codes = [tmp_path / f"{day}.bundle" for day in range(3)], []
            for stick in sticks:
                codes.append(received(lonely, tmp_path))
                assert lonely.ask("bundle", "export", stick)["entries"] > 0
            refused = carrier.run("bundle", "import", sticks[2], "--json")
            assert refused.is_refusal(2)
            assert "sealed to another receiver" in refused.err

            taken = [province.ask("province", "bundle", "import", sticks[2])]
            taken += [carrier.ask("bundle", "carry", sticks[day]) for day in (0, 1)]
            answer = tmp_path / "answer.bundle"
            taken.append(carrier.ask("bundle", "carry", sticks[2], "--answer", answer))

            assert [one["entries"] > 0 for one in taken] == [True, False, False, False]
            assert [one["admitted"] for one in taken] == [True, False, False, False]
            assert taken[-1]["answer_bytes"] == answer.stat().st_size
            assert carrier.run("bundle", "import", answer, "--json").is_refusal(2)
            made = province.ask("province", "bundle", "export", taken[0]["desk"], tmp_path / "there.bundle")
            assert made["entries"] == 0
            back = lonely.ask("bundle", "import", answer)
            assert (back["giver"], back["acknowledged"], back["held"]) == ("province", taken[0]["entries"], 0)
            assert lonely.ask("bundle", "import", answer)["acknowledged"] == 0
            assert lonely.ask("show", codes[0])["ticks"]["province"]
            assert lonely.run("verify").code == 0
