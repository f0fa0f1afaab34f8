"""A printer's address that sends the program elsewhere: no paper follows."""

import pytest

from printing.backends.ipp_answers import Operation, Refused
from printing.backends.ipp_line import IppLine
from tests.fakes.bad_lines import http, serving


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Perm"])
def test_redirect_is_a_refusal_and_the_document_goes_nowhere_else(status: str) -> None:
    elsewhere: list[bytes] = []

    def collect(request: bytes) -> bytes:
        elsewhere.append(request)
        return http(b"")

    with serving(collect) as other:
        redirect = http(b"").replace(b"200 OK\r\n", f"{status}\r\nLocation: http://localhost:{other}/x\r\n".encode())
        with serving(lambda _request: redirect) as port:
            line = IppLine(f"ipp://localhost:{port}/ipp/print")
            with pytest.raises(Refused) as caught:
                line.ask(Operation.PRINT_JOB, {"job-name": "x"}, timeout_s=5, document=b"%PDF-")

    assert elsewhere == []
    assert caught.value.nothing_taken
