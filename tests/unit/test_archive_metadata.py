"""What a digitised paper says of itself is written here and read by pikepdf, which knows nothing of us."""

from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pikepdf
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.archive import archive_parts

# XML ends lines in its own way and readers of XMP strip what stands around a text; neither is a fact of a paper.
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Z"), exclude_characters="\ufffe\uffff"), min_size=1)


def read_back(packet: bytes) -> dict[str, Any]:
    target = BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.Root.Metadata = pikepdf.Stream(made, packet, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        made.save(target)
    with pikepdf.open(target) as document, document.open_metadata() as metadata:
        return dict(metadata)


@given(title=TEXTS, description=TEXTS, creators=st.lists(TEXTS, min_size=1, max_size=3), identifier=TEXTS)
def test_every_fact_is_read_as_it_was_stated_and_the_file_is_declared_fit_for_the_archive(
    title: str, description: str, creators: list[str], identifier: str
) -> None:
    facts = {"dc:title": title, "dc:description": description, "dc:creator": creators, "dc:identifier": identifier}
    packet, profile = archive_parts({**facts, "xmp:CreateDate": "2026-11-29T16:00:00+07:00"})

    read = {name.rpartition("}")[2]: value for name, value in read_back(packet).items()}
    assert read == {
        "title": title,
        "description": description,
        "creator": creators,
        "identifier": identifier,
        "CreateDate": "2026-11-29T16:00:00+07:00",
        "part": "2",
        "conformance": "B",
    }
    assert profile[36:40] == b"acsp"


@given(st.text())
def test_no_text_makes_a_packet_that_is_no_xml(text: str) -> None:
    packet, _ = archive_parts({"dc:title": text, "dc:creator": [text], "dc:identifier": text})

    assert ET.fromstring(packet.partition(b"?>\n")[2].rpartition(b"<?xpacket")[0]) is not None
