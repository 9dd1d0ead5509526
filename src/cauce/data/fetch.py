"""Fetch an official file from its publisher: whole and checked, or not at all.

What arrives is written beside the vintages and counts for nothing until its length is right and its reader
has read it; a download that breaks off is kept, and the next call goes on from there if the server still has
the same file.  A file that its reader refuses is put aside, so that the line which is wrong can be looked at.

fetch(...)   download, check, keep, note
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from hashlib import sha256 as sha256_of_text
from html import unescape
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urljoin, urlsplit

from cauce import __version__
from cauce.border import Border
from cauce.data import cards, registry, vintages
from cauce.data.cards import Card
from cauce.data.words import say
from cauce.errors import DataError, OutputError, RequestError
from cauce.terms import Language

try:
    import fcntl
except ImportError:  # only POSIX has it; elsewhere two fetches of one publication at once are not kept apart
    fcntl = None  # type: ignore[assignment]

LIMIT_BYTES = 2_000_000_000
"""No official table comes near it; more is a mistake or a trap."""

TIMEOUT_SECONDS = 60.0
"""How long a server may be silent."""

CHUNK_BYTES = 1 << 16
STATE = "state.json"
RANGE = re.compile(r"^bytes ([0-9]+)-[0-9]+/([0-9]+|\*)$")
LINK = re.compile(rb"""href\s*=\s*["']([^"'<>\s]+\.csv(?:\.gz)?(?:\?[^"'<>\s]*)?)["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought; `new` is False when the same bytes were there already."""

    publication: str
    address: str
    path: Path
    sha256: str
    size_bytes: int
    new: bool
    months: tuple[date, date] | None

    def text(self, language: Language = Language.ENGLISH) -> str:
        """One sentence."""
        span = "" if self.months is None else say("span", language, first=self.months[0], last=self.months[1])
        kept = "kept" if self.new else "kept_before"
        return say(kept, language, publication=self.publication, size=self.size_bytes, span=span, path=self.path)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "publication": self.publication,
            "address": self.address,
            "file": str(self.path),
            "sha256": self.sha256,
            "bytes": self.size_bytes,
            "new": self.new,
            "months": None if self.months is None else [day.isoformat() for day in self.months],
        }


def fetch(
    publication: str, border: Border, out: Path, *, url: str | None = None, now: datetime | None = None
) -> Fetched:
    """Download a publication's file, check it with its reader, and keep it as a vintage.

    Parameters
    ----------
    publication : str
        Id of a source card.
    border : Border
        Whose labels the reader needs.
    out : path
        Folder of the vintages; see `vintages`.
    url : str, optional
        Address of the file, instead of the card's.
    now : datetime, optional
        Time of the fetch, for tests.

    Raises
    ------
    RequestError
        No such publication or address, no network, an answer that is not the file, a break-off.
    DataError
        The file is not as its publisher gives it, or of another publication.
    OutputError
        The folder cannot be written.
    """
    card = cards.find(publication)
    address = _address(card, url)
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    folder = out / card.id
    incoming = folder / ".part" / sha256_of_text(address.encode()).hexdigest()[:12]
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        with _alone(folder / ".part" / "lock", card):
            try:
                part = _download(address, incoming)
                return _settle(part, card, border, address, out, moment)
            finally:
                _tidy(incoming)
    except OSError as error:  # those of the network were answered where they arose
        cause = f"cannot be written ({error.strerror})"
        raise OutputError(cause, mend="name a folder you may write with --out", file=folder) from None


def _address(card: Card, url: str | None) -> str:
    """A plain http or https address in ASCII, without a password."""
    given = card.address if url is None else url.strip()
    if url is None and not given.startswith(("http://", "https://")):
        cause = f"the address of {card.id} is {given!r}"
        raise RequestError(cause, mend="find the file on its publisher's page and give its address with --url")
    address = quote(given, safe="%/:=&?~#+!$,;'@()*[]")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        usable = False
    if not usable:
        raise RequestError(f"{given!r} is not an http or https address", mend="give the file's own with --url")
    if parts.username is not None or parts.password is not None:
        cause = "the address carries a name or password, which would be noted beside the file"
        raise RequestError(cause, mend="give a public address")
    return address.partition("#")[0]


@contextmanager
def _alone(lock: Path, card: Card) -> Iterator[None]:
    """Only one fetch of a publication at a time; the lock goes with its process, however that ends."""
    with lock.open("w") as stream:
        if fcntl is not None:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RequestError(f"{card.id} is being fetched", mend="wait until that fetch has ended") from None
        yield


def _tidy(incoming: Path) -> None:
    """Remove what is left beside a part when there is no part to go on with."""
    if {path.name for path in incoming.iterdir()} <= {STATE}:
        (incoming / STATE).unlink(missing_ok=True)
        incoming.rmdir()


class _Redirects(request.HTTPRedirectHandler):
    """Follows the publisher within http and https; never from https down to http, nor to a file or ftp."""

    def http_error_302(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage
    ) -> request._UrlopenRet:
        allowed = ("https",) if urlsplit(req.full_url).scheme == "https" else ("http", "https")
        target = urljoin(req.full_url, headers.get("location") or headers.get("uri") or "")
        scheme = urlsplit(target).scheme
        if scheme not in allowed:
            fp.close()
            cause = f"sends on to an address of another kind ({scheme})"
            raise RequestError(cause, mend="give the file's own address with --url", file=req.full_url)
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _open(address: str, headers: dict[str, str]) -> Any:
    """The server's answer with its body still to read.

    Raises
    ------
    HTTPError
        It says that the range is beyond the file.
    RequestError
        Everything else than an answer with a body.
    """
    opener = request.OpenerDirector()  # built by hand: the usual one also opens file and ftp
    for handler in (
        request.ProxyHandler, request.HTTPHandler, request.HTTPSHandler, request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor, _Redirects,
    ):  # fmt: skip
        opener.add_handler(handler())
    opener.addheaders = [("User-Agent", f"cauce/{__version__}"), ("Accept-Encoding", "identity")]
    try:
        return opener.open(request.Request(address, headers=headers), timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        error.close()
        if error.code == 416 and "Range" in headers:
            raise
        mend = "find the file on its publisher's page and give its address with --url"
        if error.code in (401, 403, 429) or error.code >= 500:
            mend = "call again later, or save the file with a browser and use `cauce data check`"
        raise RequestError(f"answered {error.code} {error.reason}", mend=mend, file=address) from None
    except (OSError, HTTPException) as error:
        cause = f"cannot be reached ({_reason(error)})"
        raise RequestError(cause, mend="check the address and the network", file=address) from None


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, URLError) else error
    if isinstance(inner, TimeoutError):
        return f"no answer for {TIMEOUT_SECONDS:g} seconds"
    return str(getattr(inner, "strerror", None) or inner or type(inner).__name__)


def _download(address: str, incoming: Path) -> Path:
    """The whole file under its own name in `incoming`, gone on with where the last call broke off."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", unquote(urlsplit(address).path).rsplit("/", 1)[-1]).strip(".-")
    part, state = incoming / f"{name[-100:] or 'download'}", incoming / STATE
    start, validator = _kept(part, state)
    headers = {"Range": f"bytes={start}-", "If-Range": validator} if start else {}
    try:
        answer = _open(address, headers)
    except HTTPError:  # the file is no longer as long as what is here: it is another one
        part.unlink()
        answer = _open(address, {})
    with answer:
        start, total = _where(answer, start, address, part)
        if total is not None and total > LIMIT_BYTES:
            cause = f"has {total:,} bytes, more than the {LIMIT_BYTES:,} that cauce takes"
            raise RequestError(cause, mend="check the address", file=address)
        etag = answer.headers.get("ETag") or ""
        marks = ("" if etag.startswith("W/") else etag) or answer.headers.get("Last-Modified") or ""
        state.write_text(json.dumps({"validator": marks}), encoding="utf-8")
        got = _receive(answer, part, start, total, address, resumable=bool(marks))
    if got == 0:
        raise RequestError("answered with nothing", mend="check the address", file=address)
    return part


def _kept(part: Path, state: Path) -> tuple[int, str]:
    """Bytes that an earlier call left, and the mark by which the server knows the file they are of."""
    try:
        validator = str(json.loads(state.read_text(encoding="utf-8"))["validator"])
        size = part.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    return (size, validator) if validator else (0, "")  # without a mark two issues could be glued together


def _where(answer: Any, asked: int, address: str, part: Path) -> tuple[int, int | None]:
    """First byte that the answer carries, and the file's whole length if it says so."""
    if answer.status == 206:
        found = RANGE.match(answer.headers.get("Content-Range") or "")
        if found is None or int(found[1]) != asked:
            part.unlink(missing_ok=True)
            cause = "answered with another part of the file than was asked for"
            raise RequestError(cause, mend="call again, it starts anew", file=address)
        return asked, None if found[2] == "*" else int(found[2])
    if answer.status != 200:
        raise RequestError(f"answered {answer.status} without a file", mend="check the address", file=address)
    length = answer.headers.get("Content-Length") or ""
    return 0, int(length) if length.isdecimal() else None


def _receive(answer: Any, part: Path, start: int, total: int | None, address: str, *, resumable: bool) -> int:
    """Write the body from `start` on; the whole length [bytes].

    Raises
    ------
    RequestError
        It broke off, and the part is kept; or it is longer than stated or allowed, and the part is dropped.
    """
    got, broken = start, ""
    with part.open("r+b" if start else "wb") as stream:
        stream.seek(start)
        while not broken:
            try:
                chunk = answer.read(CHUNK_BYTES)
            except (OSError, HTTPException) as error:
                broken = _reason(error)
                break
            if not chunk:
                break
            got += len(chunk)
            if got > LIMIT_BYTES or (total is not None and got > total):
                part.unlink()
                limit = LIMIT_BYTES if total is None else min(total, LIMIT_BYTES)
                raise RequestError(f"sends more than {limit:,} bytes", mend="check the address", file=address)
            stream.write(chunk)
        stream.truncate()
        stream.flush()
        os.fsync(stream.fileno())
    if broken or (total is not None and got < total):
        came = f"{got:,}" if total is None else f"{got:,} of {total:,}"
        cause = f"broke off after {came} bytes ({broken})" if broken else f"broke off after {came} bytes"
        mend = "call again, it goes on from there" if resumable else "call again"
        raise RequestError(cause, mend=mend, file=address)
    return got


def _settle(part: Path, card: Card, border: Border, address: str, out: Path, moment: datetime) -> Fetched:
    """Check what arrived, and give it its place or put it aside; either way it is noted."""
    sha256, size = vintages.sha256_of(part), part.stat().st_size
    retrieved = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    folder = out / card.id
    try:
        _refuse_page(part, card, address)
        report = registry.check_file(part, border)
        if report.card.id != card.id:
            cause = f"is of the publication {report.card.id}, not of {card.id}"
            raise DataError(cause, mend="fetch it under that name", file=part)
    except DataError as error:
        place: Path | str = address
        if error.file == part:
            place = folder / "refused" / f"{sha256[:12]}-{part.name}"
            place.parent.mkdir(exist_ok=True)
            part.replace(place)
        part.unlink(missing_ok=True)
        vintages.note(out, card.id, address, retrieved, sha256, size, False)
        raise DataError(error.cause, mend=error.mend, file=place, line=error.line) from None
    path, new = vintages.keep(part, folder, part.name, sha256, moment.date())
    vintages.note(out, card.id, address, retrieved, sha256, size, True)
    return Fetched(card.id, address, path, sha256, size, new, report.months)


def _refuse_page(part: Path, card: Card, address: str) -> None:
    """A publisher's page is not its file; it is answered with the tables to which it links.

    Raises
    ------
    DataError
        The file is a web page.
    """
    with part.open("rb") as stream:
        head = stream.read(4_000_000)
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return
    links = dict.fromkeys(urljoin(address, unescape(link.decode("utf-8", "replace"))) for link in LINK.findall(head))
    patterns = [pattern for table in card.tables for pattern in table.files]
    fitting = [k for k in links if any(fnmatch(urlsplit(k).path.rsplit("/", 1)[-1].lower(), p) for p in patterns)]
    shown = (fitting or list(links))[:3]
    mend = f"give with --url one of {', '.join(shown)}" if shown else "give the file's own address with --url"
    raise DataError("is a web page and not the file", mend=mend, file=address)
