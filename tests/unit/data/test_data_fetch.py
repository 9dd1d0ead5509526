"""Fetching from a publisher, here a server on this machine: whole and checked, or not at all."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from data_samples import SAMPLES

from cauce import cli
from cauce.border import Border
from cauce.data import fetch as room
from cauce.data import vintages
from cauce.data.fetch import fetch
from cauce.errors import DataError, OutputError, RequestError

NAME = "nationwide-encounters-aor.csv"
TEXT = SAMPLES[NAME].encode()
DAY = datetime(2023, 11, 20, 9, tzinfo=UTC)
LATER = datetime(2023, 12, 20, 9, tzinfo=UTC)


class Publisher(ThreadingHTTPServer):
    """A publisher of one file, with the bad habits that a test gives it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.content, self.etag, self.stops_after = TEXT, '"one"', None
        self.ranges, self.status, self.sends_to, self.states = True, 200, None, None
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/stats/{NAME}"


class _Answer(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        shop, asked = self.server, self.headers.get("Range")
        shop.asked.append(asked)
        if shop.sends_to is not None and self.path.endswith(NAME):
            self.send_response(302)
            self.send_header("Location", shop.sends_to)
            self.end_headers()
            return
        if shop.status != 200:
            self.send_error(shop.status)
            return
        start = 0
        if asked and shop.ranges and self.headers.get("If-Range") == shop.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(shop.content):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(shop.content) - 1}/{len(shop.content)}")
        else:
            self.send_response(200)
        body = shop.content[start:]
        if shop.etag:
            self.send_header("ETag", shop.etag)
        self.send_header("Content-Length", str(shop.states or len(body)))
        self.end_headers()
        self.wfile.write(body[: shop.stops_after])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Publisher() as shop:
        thread = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield shop
        shop.shutdown()
        thread.join()


def _kept(out: Path) -> list[str]:
    """Vintages, by name."""
    return [vintage.path.name for vintage in vintages.list_vintages(out, "cbp_encounters")]


def _left(out: Path) -> list[bytes]:
    """What broken-off downloads left."""
    return [path.read_bytes() for path in out.rglob(f".part/*/{NAME}")]


def test_that_a_file_is_fetched_whole_checked_hashed_and_noted(publisher: Publisher, tmp_path: Path, border: Border):
    got = fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=DAY)
    sha256 = hashlib.sha256(TEXT).hexdigest()
    assert got.path == tmp_path / "cbp_encounters" / f"2023-11-20-{sha256[:12]}-{NAME}"
    assert got.path.read_bytes() == TEXT and (got.sha256, got.new) == (sha256, True)
    assert got.path.with_name(got.path.name + ".sha256").read_text() == f"{sha256}  {got.path.name}\n"
    assert vintages.read_notes(tmp_path) == [
        {
            "publication": "cbp_encounters", "address": publisher.url, "retrieved": "2023-11-20T09:00:00Z",
            "sha256": sha256, "bytes": str(len(TEXT)), "verified": "yes",
        }
    ]  # fmt: skip
    assert "2022-09-01 to 2022-12-01, kept as" in got.text() and got.as_json()["bytes"] == len(TEXT)
    assert [path.name for path in (tmp_path / "cbp_encounters" / ".part").iterdir()] == ["lock"]


def test_that_a_download_that_breaks_off_goes_on_where_it_was(publisher: Publisher, tmp_path: Path, border: Border):
    publisher.stops_after = 300
    with pytest.raises(RequestError, match=r"broke off after 300 of [\d,]+ bytes; call again, it goes on from there"):
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert _kept(tmp_path) == [] and _left(tmp_path) == [TEXT[:300]] and vintages.read_notes(tmp_path) == []
    publisher.stops_after = None
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url).path.read_bytes() == TEXT
    assert publisher.asked == [None, "bytes=300-"]


@pytest.mark.parametrize("habit", ["no ranges", "another issue meanwhile", "no mark of the issue"])
def test_that_what_cannot_be_gone_on_with_starts_anew(habit: str, publisher: Publisher, tmp_path: Path, border: Border):
    publisher.stops_after = 300
    if habit == "no mark of the issue":
        publisher.etag = ""
    with pytest.raises(RequestError, match="broke off"):
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    publisher.stops_after = None
    if habit == "no ranges":
        publisher.ranges = False
    if habit == "another issue meanwhile":
        publisher.content, publisher.etag = TEXT.replace(b",40\n", b",41\n"), '"two"'
    got = fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert got.path.read_bytes() == publisher.content
    assert publisher.asked[1] == (None if habit == "no mark of the issue" else "bytes=300-")


def test_that_a_stop_between_the_last_byte_and_its_place_is_mended(
    publisher: Publisher, tmp_path: Path, border: Border, monkeypatch: pytest.MonkeyPatch
):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(room, "_settle", stop)
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert _left(tmp_path) == [TEXT] and _kept(tmp_path) == []
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url).path.read_bytes() == TEXT
    assert publisher.asked == [None, f"bytes={len(TEXT)}-", None]


def test_that_a_stop_in_the_middle_keeps_the_part(
    publisher: Publisher, tmp_path: Path, border: Border, monkeypatch: pytest.MonkeyPatch
):
    opened = room._open

    def stopped_after_one_read(address: str, headers: dict[str, str]) -> object:
        answer = opened(address, headers)
        pieces = iter([answer.read(300)])

        def read(_: int) -> bytes:
            for piece in pieces:
                return piece
            raise KeyboardInterrupt

        monkeypatch.setattr(answer, "read", read)
        return answer

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(room, "_open", stopped_after_one_read)
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert _left(tmp_path) == [TEXT[:300]] and _kept(tmp_path) == []
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url).path.read_bytes() == TEXT
    assert publisher.asked == [None, "bytes=300-"]


def test_that_the_same_bytes_are_not_stored_twice_and_a_damaged_vintage_is_seen_and_replaced(
    publisher: Publisher, tmp_path: Path, border: Border
):
    first = fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=DAY)
    again = fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=LATER)
    assert (again.new, again.path) == (False, first.path) and "nothing stored twice" in again.text()
    assert len(_kept(tmp_path)) == 1 and len(vintages.read_notes(tmp_path)) == 2
    first.path.write_bytes(TEXT[:-5])
    assert not vintages.list_vintages(tmp_path, "cbp_encounters")[0].whole
    assert "NOT the bytes" in vintages.catalogue(tmp_path).text()
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=DAY).new
    assert first.path.read_bytes() == TEXT


PAGE = (
    b"<!DOCTYPE html><html><a href='/f/other.csv'>x</a> <a href=\"/f/nationwide-encounters-fy24-aor.csv\">y</a></html>"
)
WRONG = {
    "page": (PAGE, "is a web page and not the file; give with --url one of http://127.0.0.1:", 0),
    "page without links": (b"\n<html>no such thing</html>", "give the file's own address with --url", 0),
    "another publication": (SAMPLES["weekly_nationwide.csv"].encode(), "is of the publication usbp_weekly", 1),
    "count below zero": (TEXT.replace(b",40\n", b",-4\n"), "line 2: 'Encounter Count' is '-4'", 1),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a text file", 1),
}


@pytest.mark.parametrize("case", WRONG)
def test_that_what_is_not_the_file_gets_no_place(case: str, publisher: Publisher, tmp_path: Path, border: Border):
    publisher.content, sentence, aside = WRONG[case]
    with pytest.raises(DataError) as caught:
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert sentence in str(caught.value) and ".part" not in str(caught.value)
    assert ("fy24-aor.csv" in str(caught.value) and "other.csv" not in str(caught.value)) == (case == "page")
    refused = list(tmp_path.rglob("refused/*"))
    assert [path.read_bytes() for path in refused] == [publisher.content] * aside
    assert _kept(tmp_path) == [] == _left(tmp_path)
    assert [path.name for path in tmp_path.rglob(".part/*")] == ["lock"]
    assert [row["verified"] for row in vintages.read_notes(tmp_path)] == ["no"]
    answered = {card.id: seen for card, seen, _ in vintages.catalogue(tmp_path).entries}
    assert answered["cbp_encounters"] is None


@pytest.mark.parametrize(("status", "mend"), [(404, "give its address with --url"), (403, "browser"), (503, "later")])
def test_that_a_refusal_of_the_server_is_one_sentence(
    status: int, mend: str, publisher: Publisher, tmp_path: Path, border: Border
):
    publisher.status = status
    with pytest.raises(RequestError, match=f"answered {status} .*{mend}") as caught:
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert "\n" not in str(caught.value)


def test_that_nobody_at_the_address_and_silence_are_answered(
    publisher: Publisher, tmp_path: Path, border: Border, monkeypatch: pytest.MonkeyPatch
):
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer, bind_and_activate=False) as unheard:
        unheard.server_bind()  # bound and never listening: nobody answers at this port
        with pytest.raises(RequestError, match=r"cannot be reached .*; check the address and the network"):
            fetch("cbp_encounters", border, tmp_path, url=f"http://127.0.0.1:{unheard.server_port}/a.csv")
        unheard.server_activate()  # listening and never answering
        monkeypatch.setattr(room, "TIMEOUT_SECONDS", 0.1)
        with pytest.raises(RequestError, match=r"no answer for 0\.1 seconds"):
            fetch("cbp_encounters", border, tmp_path, url=f"http://127.0.0.1:{unheard.server_port}/a.csv")


def test_that_redirects_stay_within_the_web(publisher: Publisher, tmp_path: Path, border: Border):
    publisher.sends_to = "/elsewhere/encounters.csv"
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url).path.read_bytes() == TEXT
    for target in ("file:///a.csv", "ftp://127.0.0.1/a.csv", "data:text/csv,a"):
        publisher.sends_to = target
        with pytest.raises(RequestError, match="sends on to an address of another kind"):
            fetch("cbp_encounters", border, tmp_path / "other", url=publisher.url)
    publisher.sends_to = publisher.url
    with pytest.raises(RequestError, match="answered 302"):
        fetch("cbp_encounters", border, tmp_path / "other", url=publisher.url)


def test_that_too_much_is_refused_whether_stated_or_sent(
    publisher: Publisher, tmp_path: Path, border: Border, monkeypatch: pytest.MonkeyPatch
):
    publisher.states = room.LIMIT_BYTES + 1
    with pytest.raises(RequestError, match="more than the 2,000,000,000 that cauce takes"):
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    publisher.states = None
    monkeypatch.setattr(room, "LIMIT_BYTES", len(TEXT) - 1)
    with pytest.raises(RequestError, match="more than"):
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert _left(tmp_path) == []


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("file:///a.csv", "is not an http or https address"),
        ("ftp://example.org/a.csv", "is not an http or https address"),
        ("http://", "is not an http or https address"),
        ("http://[::1/a.csv", "is not an http or https address"),
        ("http://example.org:port/a.csv", "is not an http or https address"),
        ("https://me:secret@example.org/a.csv", "carries a name or password"),
    ],
)
def test_that_an_address_that_cannot_be_is_refused_before_anything_is_written(
    url: str, cause: str, tmp_path: Path, border: Border
):
    with pytest.raises(RequestError, match=cause):
        fetch("cbp_encounters", border, tmp_path, url=url)
    assert list(tmp_path.iterdir()) == []


def test_that_a_publication_without_an_address_or_card_and_a_folder_that_is_a_file_are_answered(
    publisher: Publisher, tmp_path: Path, border: Border
):
    with pytest.raises(RequestError, match="the address of usbp_weekly is 'unverified'; find the file"):
        fetch("usbp_weekly", border, tmp_path)
    with pytest.raises(RequestError, match="there is no publication 'weather'"):
        fetch("weather", border, tmp_path)
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        fetch("cbp_encounters", border, tmp_path / "taken", url=publisher.url)


def test_that_two_fetches_of_one_publication_do_not_mix(publisher: Publisher, tmp_path: Path, border: Border):
    pytest.importorskip("fcntl", reason="this system has no POSIX locks, so fetch takes none")
    lock = tmp_path / "cbp_encounters" / ".part" / "lock"
    lock.parent.mkdir(parents=True)
    with (
        room._alone(lock, room.cards.find("cbp_encounters")),
        pytest.raises(RequestError, match="is being fetched; wait"),
    ):
        fetch("cbp_encounters", border, tmp_path, url=publisher.url)
    assert fetch("cbp_encounters", border, tmp_path, url=publisher.url).new


def test_that_the_catalogue_says_what_answered_and_what_is_kept(publisher: Publisher, tmp_path: Path, border: Border):
    before = vintages.catalogue(tmp_path)
    assert "nationwide-encounters (address unverified)" in before.text()
    fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=DAY)
    publisher.content = TEXT.replace(b",40\n", b",41\n")
    fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=LATER)
    after = vintages.catalogue(tmp_path)
    assert f"{publisher.url} (answered 2023-12-20)\n  2023-11-20-" in after.text()
    plain = {entry["id"]: entry for entry in after.as_json()}
    assert [kept["retrieved"] for kept in plain["cbp_encounters"]["vintages"]] == ["2023-11-20", "2023-12-20"]
    assert plain["usbp_weekly"]["answered"] is None and plain["usbp_weekly"]["vintages"] == []
    with (tmp_path / vintages.RECORD).open("a") as stream:
        stream.write("half,a line\n")
    with pytest.raises(DataError, match="line 4: is not a line of fetched files"):
        vintages.catalogue(tmp_path)


def test_that_two_vintages_tell_what_was_revised(publisher: Publisher, tmp_path: Path, border: Border):
    old = fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=DAY).path
    text = TEXT.decode().replace("Expulsions,40", "Expulsions,45")  # one number up
    gone = next(line for line in text.splitlines(keepends=True) if ",25" in line)
    grown = next(line for line in text.splitlines(keepends=True) if line.startswith("2022,"))
    text = text.replace(gone, "")  # one combination no longer there
    text += grown.replace("UC / Single Minors", "Single Adults").replace(",3\n", ",2\n")  # one that is new
    text += grown.replace("2022,FYTD,SEP", "2023,Remaining,JAN")  # a month that is new
    publisher.content = text.encode()
    new = fetch("cbp_encounters", border, tmp_path, url=publisher.url, now=LATER).path
    found = vintages.compare(old, new, border)
    assert found.rows.select("old", "new", "change").sort("change").rows() == [
        (25.0, None, -25.0), (None, 2.0, 2.0), (40.0, 45.0, 5.0),
    ]  # fmt: skip
    assert (found.both, found.added, found.dropped) == (3, ("2023-01-01",), ())
    assert found.by_period()["absolute"].to_list() == [2.0, 30.0]
    assert "2 of 3 periods in both were revised" in found.text()
    assert "encounters: 3 numbers revised; -18 net, 32 in absolute" in found.text()
    assert "only in the new vintage: 2023-01-01 to 2023-01-01 (1)" in found.text()
    same = vintages.compare(old, old, border)
    assert same.rows.height == 0 and "0 of 3 periods" in same.text() and same.as_json()["rows"] == []


def test_that_a_vintage_is_known_by_its_own_name_where_columns_are_shared(
    publisher: Publisher, tmp_path: Path, border: Border
):
    for name in ("chnv_paroles.csv", "bookouts_family.csv"):
        publisher.content = SAMPLES[name].encode()
        got = fetch("ohss_monthly", border, tmp_path, url=publisher.url.replace(NAME, name))
        assert vintages.compare(got.path, got.path, border).rows.height == 0


def test_that_blank_cells_and_other_keys_are_compared_too(shelf: Path, write, border: Border):
    days = write("uac_daily.csv", SAMPLES["uac_daily.csv"].replace("2023-01-22,,", "2023-01-22,9,"))
    found = vintages.compare(shelf / "uac_daily.csv", days, border)
    assert found.rows.select("column", "old", "new", "change").rows() == [("apprehended", None, 9.0, None)]
    years = write("eoir_annual.csv", SAMPLES["eoir_annual.csv"].replace("2063123", "2063120"))
    assert vintages.compare(shelf / "eoir_annual.csv", years, border).rows["change"].to_list() == [-3.0]
    with pytest.raises(RequestError, match="give two files of one table"):
        vintages.compare(days, years, border)
    text = SAMPLES["some_anchors.csv"]
    twice = write("some_anchors.csv", text + text.splitlines()[-1].replace("buses", "trains") + "\n")
    with pytest.raises(RequestError, match="no column tells apart"):
        vintages.compare(twice, twice, border)


def _cauce(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of a command."""
    monkeypatch.setattr("sys.argv", ["cauce", *words])
    try:
        cli.main()
    except SystemExit as left:
        return int(left.code or 0)
    return 0


def test_that_the_commands_fetch_list_and_compare_and_a_failure_is_one_line_and_exit_2(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    out = ["--out", str(tmp_path)]
    fetching = ["data", "fetch", "cbp_encounters", "--url", publisher.url, *out]
    assert _cauce(monkeypatch, *fetching) == 0
    assert capsys.readouterr().out.count("\n") == 1
    publisher.content = TEXT.replace(b",40\n", b",41\n")
    assert _cauce(monkeypatch, *fetching) == 0 and _cauce(monkeypatch, "data", "list", *out) == 0
    names = _kept(tmp_path)
    listed = capsys.readouterr().out
    assert len(names) == 2 and all(f"  {name}, " in listed for name in names)
    files = [str(tmp_path / "cbp_encounters" / name) for name in names]
    assert _cauce(monkeypatch, "data", "revisions", *files) == 0
    assert "1 in absolute" in capsys.readouterr().out
    publisher.status = 404
    assert _cauce(monkeypatch, *fetching) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"cauce: {publisher.url}: answered 404") and said.count("\n") == 1
