"""PDFs of a few hundred bytes whose forms draw one another."""


def a_pdf(*forms: tuple[bytes, int]) -> bytes:
    """Return a page that draws the first form; each form is its content and the number of the form it calls ``A``."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>",
        b"<</Length 6>> stream\n/A Do \nendstream",
    ]
    for content, called in forms:
        resources = b"/Resources<</XObject<</A %d 0 R>>>>" % (5 + called)
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]%s/Length %d>>" % (resources, len(content))
        objects.append(head + b" stream\n" + content + b"\nendstream")
    body = b"".join(b"%d 0 obj %s endobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return b"%PDF-1.7\n" + body + b"trailer <</Root 1 0 R/Size %d>>\n%%%%EOF" % (len(objects) + 1)
