"""The network scanner client against an HTTP server that fails in every way a scanner can."""

import datetime as dt
import ipaddress
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from zeroconf import ServiceInfo, Zeroconf

from counter_app.core.errors import AppError
from counter_app.scanning.discovery import PLAIN, SECURE, find_scanners
from counter_app.scanning.driver import Cancel, ColourMode, PaperSize, ScannerState, ScanProfile, Source
from counter_app.scanning.drivers.escl import EsclDriver, Patience
from tests.fakes.escl_scanner import CAPABILITIES, EsclScannerEmulator, running_scanner, wait_until

FEEDER = ScanProfile(id="test", source=Source.FEEDER, mode=ColourMode.GREY, dpi=200, paper=PaperSize.CARD)
SHORT = Patience(answer_s=3, page_s=3, busy_s=0.6)
BOMB = b'<!DOCTYPE a [<!ENTITY b "xxxx"><!ENTITY c "&b;&b;&b;">]><ScannerCapabilities>&c;</ScannerCapabilities>'
FILE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><ScannerCapabilities>&b;</ScannerCapabilities>'


@pytest.fixture
def scanner() -> Iterator[EsclScannerEmulator]:
    with running_scanner() as made:
        yield made


def driver(scanner: EsclScannerEmulator, *, accepts_self_signed: bool = False) -> EsclDriver:
    return EsclDriver(addresses=[scanner.address], patience=SHORT, accepts_self_signed=accepts_self_signed)


def scan_all(scanner: EsclScannerEmulator, profile: ScanProfile = FEEDER) -> tuple[int, str]:
    """Return how many pages came and the code of the error that ended them."""
    count = 0
    try:
        for page in driver(scanner).scan(scanner.device, profile, Cancel()):
            count = page.number
    except AppError as error:
        return count, error.code
    return count, ""


def state_of(scanner: EsclScannerEmulator) -> ScannerState:
    (device,) = driver(scanner).list_devices()
    return device.state


def test_profile_arrives_at_the_scanner_as_it_was_meant(scanner: EsclScannerEmulator) -> None:
    profile = ScanProfile(id="a5", source=Source.DUPLEX, mode=ColourMode.BITONAL, dpi=250, paper=PaperSize.A5)
    pages = list(driver(scanner).scan(scanner.device, profile, Cancel()))

    assert [page.is_back for page in pages] == [False, True] * 3
    assert {page.dpi for page in pages} == {300}
    assert "<scan:ColorMode>Grayscale8</scan:ColorMode>" in scanner.settings[0]
    with Image.open(BytesIO(pages[0].picture)) as picture:
        assert picture.size == (1748, 2480)  # 148 x 210 mm at 300 dpi
        assert picture.mode == "L"


def test_paper_larger_than_the_glass_is_cut_to_it(scanner: EsclScannerEmulator) -> None:
    profile = ScanProfile(id="a3", source=Source.FLATBED, dpi=200, paper=PaperSize.A3)
    (page,) = driver(scanner).scan(scanner.device, profile, Cancel())

    with Image.open(BytesIO(page.picture)) as picture:
        assert picture.size == (1700, 2338)


@pytest.mark.parametrize(
    ("trouble", "pages", "code"),
    [
        ({"sheets": 0}, 0, "scan.feeder_empty"),
        ({"is_jammed": True}, 0, "scan.jammed"),
        ({"is_open": True}, 0, "scan.cover_open"),
        ({"jam_after": 0}, 0, "scan.jammed"),
        ({"jam_after": 2}, 2, "scan.jammed"),
        ({"abort_after": 1}, 1, "scan.failed"),
        ({"busy_times": 99}, 0, "scan.busy"),
        ({"busy_times": 1}, 3, ""),
        ({"slow_pages": 2}, 3, ""),
        ({"cut_page": 2}, 1, "scan.gone"),
        ({"location": ""}, 0, "scan.bad_answer"),
        ({"location": "nonsense"}, 0, "scan.bad_answer"),
        ({"location": "http://printer.invalid:99/eSCL/ScanJobs/1"}, 3, ""),
        ({"location": "/eSCL/ScanJobs/1/"}, 3, ""),
    ],
)
def test_each_trouble_has_its_code_and_keeps_the_pages_before_it(
    scanner: EsclScannerEmulator, trouble: dict[str, object], pages: int, code: str
) -> None:
    for name, value in trouble.items():
        setattr(scanner, name, value)

    assert scan_all(scanner) == (pages, code)


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "scan.forbidden"), (403, "scan.forbidden"), (503, "scan.busy"), (500, "scan.failed"), (302, "scan.failed")],
)
@pytest.mark.parametrize("place", ["ScanJobs", "NextDocument"])
def test_each_refusal_of_http_has_its_code(scanner: EsclScannerEmulator, place: str, status: int, code: str) -> None:
    scanner.answers[place] = (status, b"")

    assert scan_all(scanner) == (0, code)


@pytest.mark.parametrize(
    "body", [b"", b"<", BOMB, FILE, b"<a/>", b"\xff\xfe", CAPABILITIES.encode()[:900], b"<html></html>"]
)
@pytest.mark.parametrize("place", ["ScannerCapabilities", "NextDocument"])
def test_answer_that_is_none_is_told_and_nothing_is_fetched_or_expanded(
    scanner: EsclScannerEmulator, place: str, body: bytes
) -> None:
    scanner.answers[place] = (200, body)

    assert scan_all(scanner) == (0, "scan.bad_answer")


def test_answer_without_an_end_is_cut_off(scanner: EsclScannerEmulator) -> None:
    scanner.answers["ScannerCapabilities"] = (200, b"<a>" + b" " * 2_000_000)

    assert scan_all(scanner) == (0, "scan.page_too_large")


def test_page_that_never_comes_is_given_up_and_the_job_taken_back(scanner: EsclScannerEmulator) -> None:
    scanner.silent = threading.Event()

    assert scan_all(scanner) == (1, "scan.timed_out")
    assert scanner.taken_back == ["/eSCL/ScanJobs/1"]


def test_cancel_in_the_middle_of_a_page_does_not_wait_and_takes_the_job_back(scanner: EsclScannerEmulator) -> None:
    scanner.silent = threading.Event()
    cancel = Cancel()
    pages = EsclDriver(addresses=[scanner.address]).scan(scanner.device, FEEDER, cancel)
    assert next(pages).number == 1

    def cancel_in_the_middle() -> None:
        wait_until(lambda: scanner.asked.count("NextDocument") == 2)
        cancel.say()

    waiting = threading.Thread(target=cancel_in_the_middle)
    waiting.start()

    assert list(pages) == []
    waiting.join()
    assert scanner.taken_back == ["/eSCL/ScanJobs/1"]


def test_job_that_came_to_its_end_is_not_taken_back(scanner: EsclScannerEmulator) -> None:
    assert scan_all(scanner) == (3, "")
    assert scanner.taken_back == []


def test_next_page_is_asked_for_only_when_the_one_before_was_taken(scanner: EsclScannerEmulator) -> None:
    pages = driver(scanner).scan(scanner.device, FEEDER, Cancel())
    next(pages)

    assert scanner.asked.count("NextDocument") == 1
    pages.close()  # type: ignore[attr-defined] # a generator


def test_scanner_switched_off_in_the_middle_is_told_as_gone() -> None:
    with running_scanner() as scanner:
        pages = driver(scanner).scan(scanner.device, FEEDER, Cancel())
        next(pages)

    with pytest.raises(AppError, match=r"scan\.gone"):
        next(pages)


def test_list_tells_the_state_and_does_not_leave_out_what_is_off(scanner: EsclScannerEmulator) -> None:
    assert state_of(scanner) is ScannerState.READY
    scanner.is_open = True
    assert state_of(scanner) is ScannerState.COVER_OPEN
    scanner.is_open, scanner.is_jammed = False, True
    assert state_of(scanner) is ScannerState.JAMMED

    found = EsclDriver(
        addresses=["http://127.0.0.1:9/eSCL", "nonsense", scanner.address], patience=SHORT
    ).list_devices()
    assert [device.state for device in found] == [ScannerState.GONE, ScannerState.GONE, ScannerState.JAMMED]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://127.0.0.1/eSCL",
        "http://",
        "http://user:word@127.0.0.1/eSCL",
        "http://127.0.0.1:99999/",
        "http://a b/",
        "x",
    ],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(AppError, match=r"scan\.bad_address"):
        EsclDriver().capabilities(f"escl:{address}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the kind that scanners make for themselves."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "scanner")])
    begin = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "scanner.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_certificate_that_nobody_vouches_for_is_refused_unless_the_setting_accepts_it(certificate: Path) -> None:
    with running_scanner(certificate=certificate) as scanner:
        with pytest.raises(AppError, match=r"scan\.untrusted_certificate"):
            driver(scanner).capabilities(scanner.device)
        assert state_of(scanner) is ScannerState.UNTRUSTED

        accepting = driver(scanner, accepts_self_signed=True)
        assert len(list(accepting.scan(scanner.device, FEEDER, Cancel()))) == 3


def test_scanner_that_announces_itself_is_found_once_and_secure_only_where_that_is_accepted() -> None:
    def announced(kind: str, name: str, port: int, **words: str) -> ServiceInfo:
        return ServiceInfo(
            kind,
            f"{name}.{kind}",
            addresses=[ipaddress.ip_address("127.0.0.1").packed],
            port=port,
            properties=words,
            server="scanner-of-a-test.local.",
        )

    network = Zeroconf(interfaces=["127.0.0.1"])
    try:
        network.register_service(announced(PLAIN, "One", 8001, UUID="A-1", rs="/eSCL/", ty="One"))
        network.register_service(announced(SECURE, "One", 8443, UUID="a-1", rs="eSCL"))
        network.register_service(announced(PLAIN, "Two", 8002, UUID="b-2"))
        network.register_service(announced(PLAIN, "Hostile", 8003, UUID="c-3", rs="?x=1#"))
        plain, secure = (find_scanners(prefers_secure=one, look_s=6, interfaces=["127.0.0.1"]) for one in (False, True))
    finally:
        network.close()

    assert set(plain) == {"http://127.0.0.1:8001/eSCL", "http://127.0.0.1:8002/eSCL"}
    assert set(secure) == {"https://127.0.0.1:8443/eSCL", "http://127.0.0.1:8002/eSCL"}


# zeroconf leaves its first socket open when the second cannot be bound.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_network_that_is_not_there_has_no_scanners() -> None:
    assert find_scanners(look_s=0.2, interfaces=["203.0.113.7"]) == ()


XML = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8).map(
        lambda text: text.replace("&", "").replace("<", "").replace(">", "")
    ),
    lambda inner: st.tuples(
        st.sampled_from(
            ["ScannerCapabilities", "Adf", "AdfSimplexInputCaps", "SettingProfiles", "SettingProfile", "MaxWidth",
             "ColorModes", "ColorMode", "SupportedResolutions", "DiscreteResolutions", "DiscreteResolution",
             "XResolution", "ResolutionRange", "XResolutionRange", "Min", "Max", "Version", "MakeAndModel"]
        ),
        st.lists(inner, max_size=4),
    ).map(lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    place=st.sampled_from(["ScannerCapabilities", "ScannerStatus", "ScanJobs", "NextDocument"]),
    status=st.sampled_from([200, 201, 204, 301, 400, 404, 409, 410, 500]),
    body=st.binary(max_size=300) | XML.map(lambda text: f"<ScannerCapabilities>{text}</ScannerCapabilities>".encode()),
)
@example(place="ScannerCapabilities", status=200, body=CAPABILITIES.replace("2550", "9" * 40).encode())
@example(place="ScannerCapabilities", status=200, body=b"<ScannerCapabilities>" * 100)
def test_whatever_a_scanner_answers_pages_or_an_error_of_ours_come_out(
    scanner: EsclScannerEmulator, place: str, status: int, body: bytes
) -> None:
    scanner.answers = {place: (status, body)}
    scanner.sheets = 1
    count, code = scan_all(scanner)

    assert code == "" or code.startswith("scan.")
    assert count <= 1
