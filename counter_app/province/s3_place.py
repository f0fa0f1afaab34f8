"""Where papers lie on a server that speaks S3, and the keys to it, which stand in no address."""

import os
import ssl
import stat
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec

from counter_app.core.errors import UserError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KEYS = ("COUNTER_APP_S3_ACCESS_KEY", "COUNTER_APP_S3_SECRET_KEY")
_MOST_FILE_BYTES = 256 * 1024


class S3Place(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket and what every key in it begins with: nothing, or a name and a slash."""

    bucket: str
    prefix: str
    host: str
    port: int
    is_tls: bool
    region: str

    @property
    def address(self) -> str:
        """What `read_place` was given, in full."""
        end = f"{'https' if self.is_tls else 'http'}://{self.authority}"
        return f"s3://{self.bucket}/{self.prefix.rstrip('/')}?endpoint={end}&region={self.region}"

    @property
    def path(self) -> str:
        """Path of the bucket."""
        return f"/{self.bucket}"

    @property
    def authority(self) -> str:
        """Host and port as a request names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


class S3Keys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks. `authority` is the PEM of the server's own certificate authority, "" for one the system knows."""

    access_key: str
    secret_key: str
    authority: str = ""

    def __repr__(self) -> str:
        return "S3Keys()"


def read_place(address: str) -> S3Place:
    """Return what ``s3://BUCKET[/PREFIX]?endpoint=https://HOST[:PORT][&region=NAME]`` names.

    Plain HTTP goes only to this machine.

    Raises:
        UserError: ``province.bad_papers_address``.
    """
    try:
        parts = urlsplit(address)
        said = dict(parse_qsl(parts.query, strict_parsing=True))
        end = urlsplit(said.pop("endpoint"))
        port = end.port or (443 if end.scheme == "https" else 80)
    except (KeyError, ValueError) as exc:
        raise UserError("province.bad_papers_address") from exc
    host, region, prefix = end.hostname or "", said.pop("region", "us-east-1"), parts.path.strip("/")
    is_safe = end.scheme == "https" or (end.scheme == "http" and host in _LOOPBACK)
    is_bare = not (said or parts.fragment or end.query or end.username or end.path.strip("/") or "@" in parts.netloc)
    if not (parts.scheme == "s3" and parts.netloc and host and is_safe and is_bare):
        raise UserError("province.bad_papers_address")
    return S3Place(
        bucket=parts.netloc,
        prefix=f"{prefix}/" if prefix else "",
        host=host,
        port=port,
        is_tls=end.scheme == "https",
        region=region,
    )


def read_keys(path: Path | None) -> S3Keys:
    """Return the keys of a JSON file that is its owner's alone, or without one those of the environment.

    Raises:
        UserError: ``province.no_papers_keys``, ``province.open_papers_keys``: others may read the file;
            ``province.bad_papers_authority``.
    """
    if path is None:
        found = [os.environ.get(name, "") for name in _KEYS]
        if not all(found):
            raise UserError("province.no_papers_keys", file=" ".join(_KEYS))
        return S3Keys(access_key=found[0], secret_key=found[1])
    try:
        with path.open("rb") as stream:
            is_open = os.name != "nt" and bool(stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077)
            data = stream.read(_MOST_FILE_BYTES)
        if is_open:
            raise UserError("province.open_papers_keys", file=path.name)
        keys = msgspec.json.decode(data, type=S3Keys)
    except (OSError, msgspec.MsgspecError) as exc:
        raise UserError("province.no_papers_keys", file=path.name) from exc
    try:
        ssl.create_default_context(cadata=keys.authority or None)
    except (OSError, ValueError, TypeError) as exc:
        raise UserError("province.bad_papers_authority", file=path.name) from exc
    return keys
