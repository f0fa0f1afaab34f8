"""A sealed file whose header is long beyond measure is no file, at once: reading it would hold up a whole province."""

import hashlib
import io
import time
from pathlib import Path

import pyrage
import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync import bundle_file
from counter_app.sync.age_headers import MOST_RECEIVERS
from counter_app.sync.bundle_file import read_bundle, require_for
from counter_app.sync.frames import Writing
from counter_app.sync.papers import PaperName
from counter_app.sync.sealed_papers import open_paper, seal_paper

_CONTENT = b"a paper"
_PAPER = PaperName(sha256=hashlib.sha256(_CONTENT).digest(), size_bytes=len(_CONTENT))
_STANZA = b"-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n"
_LONG = b"age-encryption.org/v1\n" + _STANZA * 250 + b"--- " + b"A" * 43 + b"\n" + bytes(100)


@pytest.fixture(scope="module")
def identity() -> str:
    return str(pyrage.x25519.Identity.generate())


def test_a_paper_for_the_most_receivers_opens_for_each(identity: str) -> None:
    others = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(MOST_RECEIVERS - 1)]
    ours = str(pyrage.x25519.Identity.from_str(identity).to_public())
    sealed = io.BytesIO()
    seal_paper(io.BytesIO(_CONTENT), sealed, [*others, ours])

    assert open_paper(sealed.getvalue(), _PAPER, identity) == _CONTENT


def test_a_long_header_is_not_read(identity: str, tmp_path: Path) -> None:
    bundle = tmp_path / "long.qmcu"
    bundle.write_bytes(bundle_file._MAGIC + _LONG)
    began = time.thread_time()

    assert open_paper(_LONG, _PAPER, identity) is None
    with pytest.raises(EnvironmentFailure, match=r"bundle\.damaged"):
        require_for(bundle_file._MAGIC + _LONG, identity)
    with pytest.raises(EnvironmentFailure, match=r"bundle\.damaged"):
        read_bundle(bundle, identity, Writing(lambda _kind, _data: None, lambda _digest, _signature: None))

    assert time.thread_time() - began < 0.3
