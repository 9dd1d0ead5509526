"""What the service is given from outside: keys, the database's address, who operates it."""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from cauce.errors import RequestError

KEY_BYTES = 32
_NAMES = ("CAUCE_SECRET", "CAUCE_KEYS", "CAUCE_INDEX_KEY", "CAUCE_SIGNING_KEY")


@dataclass(frozen=True)
class Keyring:
    """The service's keys; none of them is in the database.

    wrapping : id -> key that wraps people's own keys; the newest, with the highest id, wraps new ones.
    """

    secret: str
    wrapping: dict[int, bytes]
    index: bytes
    signing: bytes

    @classmethod
    def of(cls, environment: Mapping[str, str], home: Path, *, demonstration: bool) -> Keyring:
        """Keys from the environment; a demonstration makes its own and keeps them in its folder.

        Raises
        ------
        RequestError
            A key is missing in operation, or is no key.
        """
        given = {name: environment[name] for name in _NAMES if environment.get(name)}
        if len(given) < len(_NAMES):
            if not demonstration:
                missing = ", ".join(name for name in _NAMES if name not in given)
                raise RequestError(f"an operated service needs {missing}", mend="set them in its environment")
            given = {**_own(home), **given}
        try:
            wrapping = {int(i): _key(k) for i, k in (part.split(":") for part in given["CAUCE_KEYS"].split(","))}
            return cls(
                given["CAUCE_SECRET"], wrapping, _key(given["CAUCE_INDEX_KEY"]), _key(given["CAUCE_SIGNING_KEY"])
            )
        except ValueError as error:
            mend = "CAUCE_KEYS is like 1:KEY,2:KEY; a KEY is 32 bytes in base64"
            raise RequestError(f"the keys of the service cannot be read: {error}", mend=mend) from None

    @property
    def newest(self) -> int:
        return max(self.wrapping)


def _key(text: str) -> bytes:
    key = b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {len(key)} bytes, not {KEY_BYTES}")
    return key


def _own(home: Path) -> dict[str, str]:
    """Keys of a demonstration, made once."""
    file = home / "keys"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = {name: b64encode(secrets.token_bytes(KEY_BYTES)).decode() for name in _NAMES}
        fresh["CAUCE_KEYS"] = "1:" + fresh["CAUCE_KEYS"]
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in fresh.items()))
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def lag(day: str | None, home: Path, *, demonstration: bool) -> timedelta:
    """How far behind the true time the service lives: nothing in operation, and the same at every start.

    Raises
    ------
    RequestError
        No date, or the service is operated.
    """
    file = home / "shown-on"
    if file.exists() and demonstration:
        return timedelta(days=int(file.read_text()))
    if not day:
        return timedelta()
    if not demonstration:
        raise RequestError("an operated service lives in true time", mend="take CAUCE_SHOWN_ON away")
    try:
        behind = datetime.now(UTC).date() - date.fromisoformat(day)
    except ValueError:
        raise RequestError(f"CAUCE_SHOWN_ON is {day!r}, no date", mend="write it like 2022-12-12") from None
    home.mkdir(parents=True, exist_ok=True)
    file.write_text(str(behind.days))
    return timedelta(days=behind.days)


POOL = {"min_size": 1, "max_size": 16, "timeout": 5, "reconnect_timeout": 3}
"""Connections; whoever asks after an outage has a new try within seconds, instead of pauses that double."""


def database(url: str | None, home: Path) -> dict[str, Any]:
    """Django's description of the database.

    Raises
    ------
    RequestError
        The address is not one of PostgreSQL.
    """
    if not url:
        home.mkdir(parents=True, exist_ok=True)
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; PRAGMA foreign_keys=ON"
        return {
            "ENGINE": "cauce.web.sqlite",
            "CONN_MAX_AGE": None,  # the last connection to close would write the whole journal back
            "NAME": home / "cauce.sqlite3",
            "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": pragmas},
            "TEST": {"NAME": home / "test.sqlite3"},
        }
    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise RequestError("DATABASE_URL is no address of PostgreSQL", mend="give postgresql://user:word@host/name")
    limits = "-c lock_timeout=3s -c statement_timeout=15s -c idle_in_transaction_session_timeout=30s"
    asked = dict(parse_qsl(parts.query))
    host = asked.pop("host", parts.hostname or "")
    if host and not host.startswith("/") and not _is_loopback(host):  # over a network: TLS, with whom it names
        asked.setdefault("sslmode", "verify-full")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # so that no dead connection is taken from the pool after a restart
        "OPTIONS": {"options": limits, "pool": POOL, **asked},
    }


def secured(place: Mapping[str, Any]) -> dict[str, str]:
    """How a database that `database` described is asked over TLS."""
    return {name: value for name, value in place["OPTIONS"].items() if name.startswith("ssl")}


def beside(place: Mapping[str, Any], name: str) -> str:
    """The address of another database on the server of one that `database` described."""
    login = ":".join(quote(place[part], safe="") for part in ("USER", "PASSWORD"))
    port = f":{place['PORT']}" if place["PORT"] else ""
    return f"postgresql://{login}@{port}/{name}?{urlencode({'host': place['HOST'], **secured(place)})}"


@dataclass(frozen=True)
class Operator:
    """Who runs the programme, by a file that a lawful operator signs for."""

    name: str
    contact: str


def operator(file: str | None) -> Operator | None:
    """The operator that a file names: two lines, `name: ...` and `contact: ...`; None makes it a demonstration.

    Raises
    ------
    RequestError
        The file is not there or does not say who.
    """
    if not file:
        return None
    try:
        lines = dict(line.split(":", 1) for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip())
        return Operator(lines["name"].strip(), lines["contact"].strip())
    except (OSError, ValueError, KeyError):
        mend = "give a text file with the lines `name: ...` and `contact: ...`"
        raise RequestError(f"{file} does not say who operates this service", mend=mend) from None


def hosts(public: str | None, staff: str | None) -> tuple[list[str], list[str]]:
    """The names under which the public is served, and those of staff alone, from two lists by commas.

    Raises
    ------
    RequestError
        Staff have names of their own, but the public has none, or shares one with them, or its first is a pattern.
    """
    of_public, of_staff = (
        [one.strip().lower() for one in (text or "").split(",") if one.strip()] for text in (public, staff)
    )
    if not of_staff:
        return of_public, []
    if not of_public or of_public[0].startswith((".", "*")):
        cause = "CAUCE_STAFF_HOSTS needs a name of the public beside it, which stands in links"
        raise RequestError(cause, mend="begin CAUCE_HOSTS with a whole name, like www.example.org")
    if shared := sorted(set(of_public) & set(of_staff)):
        cause = f"{', '.join(shared)} is in CAUCE_HOSTS and in CAUCE_STAFF_HOSTS"
        raise RequestError(cause, mend="give staff and public names of their own")
    return of_public, of_staff


MAIL_PORTS = {"smtp": 25, "starttls": 587, "smtps": 465}
"""Ways to a mail server, each with the port that it has if none is said: in the clear, turned to TLS, TLS at once."""


@dataclass(frozen=True)
class Mail:
    """Where messages go out; without a host they lie as files."""

    sender: str
    host: str = ""
    port: int = 0
    user: str = ""
    word: str = ""
    way: str = ""


def mail(url: str | None, sender: str | None, operator: Operator | None) -> Mail:
    """Where messages go out: nowhere from a demonstration, by the server of the operator in operation.

    Raises
    ------
    RequestError
        An operated service has no server, its address cannot be read, its password would cross a network in the
        clear, or nobody is named as the sender.
    """
    if operator is None:
        return Mail(sender=sender or "demonstration@localhost")
    give = "set CAUCE_MAIL, like starttls://user:word@host:587"
    if not url:
        raise RequestError("an operated service needs a server for its messages", mend=give)
    parts = urlsplit(url)
    try:
        port = parts.port or MAIL_PORTS[parts.scheme]
    except (KeyError, ValueError):
        port = 0
    if not port or not parts.hostname or parts.path.strip("/"):
        raise RequestError("CAUCE_MAIL is no address of a mail server", mend=give + "; smtp and smtps are others")
    if parts.scheme == "smtp" and (parts.username or parts.password) and not _is_loopback(parts.hostname):
        cause = f"CAUCE_MAIL would send its password in the clear to {parts.hostname}"
        raise RequestError(cause, mend="write starttls:// or smtps:// instead of smtp://")
    sender = sender or operator.contact
    if not _ADDRESS.fullmatch(sender):
        raise RequestError(f"{sender!r} cannot send messages", mend="set CAUCE_MAIL_FROM to an address like a@b.org")
    user, word = unquote(parts.username or ""), unquote(parts.password or "")
    return Mail(sender, parts.hostname, port, user, word, parts.scheme)


def _is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
