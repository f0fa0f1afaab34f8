"""The worker's messages: what goes in comes out, and no bytes whatsoever do anything but give an error of ours."""

import contextlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import EnvironmentFailure
from counter_app.scanning.driver import ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.worker.frames import MOST_FRAME_BYTES, read_frame, write_frame
from counter_app.scanning.worker.messages import ANSWERS, REQUESTS, PageChunk, StartScan

PROFILES = st.builds(
    ScanProfile,
    id=st.text(max_size=20),
    name=st.text(max_size=20),
    source=st.sampled_from(Source),
    mode=st.sampled_from(ColourMode),
    dpi=st.integers(1, 9_999),
    paper=st.sampled_from(PaperSize),
)


@given(PROFILES, st.text(max_size=50))
def test_request_comes_out_as_it_went_in(profile: ScanProfile, device: str) -> None:
    pipe = BytesIO()
    said = StartScan(driver="sane", device=device, profile=profile)
    write_frame(pipe, said)
    pipe.seek(0)

    assert read_frame(pipe, REQUESTS) == said
    assert read_frame(pipe, REQUESTS) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_the_end_or_an_error(said: bytes) -> None:
    pipe = BytesIO(said)
    with contextlib.suppress(EnvironmentFailure):
        while read_frame(pipe, ANSWERS) is not None:
            pass
        assert pipe.read() == b""


@given(st.binary(min_size=1, max_size=60), st.data())
def test_message_cut_anywhere_is_an_error(picture: bytes, data: st.DataObject) -> None:
    pipe = BytesIO()
    write_frame(pipe, PageChunk(data=picture))
    whole = pipe.getvalue()
    cut = data.draw(st.integers(1, len(whole) - 1))

    with pytest.raises(EnvironmentFailure, match=r"scan\.worker_ended"):
        read_frame(BytesIO(whole[:cut]), ANSWERS)


def test_length_beyond_a_chunk_is_refused_without_waiting_for_it() -> None:
    pipe = BytesIO((MOST_FRAME_BYTES + 1).to_bytes(4, "big") + b"x" * 10)

    with pytest.raises(EnvironmentFailure, match=r"scan\.worker_ended"):
        read_frame(pipe, ANSWERS)
    assert pipe.tell() == 4
