"""The commands of the service; Django is loaded when one of them is used."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cauce.cli.shell import Json, app, say, write_json
from cauce.errors import RequestError

web = typer.Typer(help="The pathway and the board: serve them, look after them, check them.", no_args_is_help=True)
app.add_typer(web, name="web")

Port = Annotated[int, typer.Option("--port", min=1, max=65_535, help="Where the pages are served.")]
Host = Annotated[str, typer.Option("--host", help="The address to listen on.")]


def service() -> Any:
    """What runs the service; a sentence where the extra is not installed."""
    try:
        from cauce.web import service as found
    except ImportError as error:
        missing = f"the service needs {error.name}, which is not installed"
        raise RequestError(missing, mend="pip install 'cauce[web]'") from None
    return found


@web.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the pages and look after them; without an operator's file it is a demonstration."""
    from cauce.border import Border

    card = Border.open(os.environ.get("CAUCE_BORDER", "us_mexico")).card
    if card.shown_on is not None and not os.environ.get("CAUCE_OPERATOR"):
        os.environ.setdefault("CAUCE_SHOWN_ON", card.shown_on.isoformat())
    service().serve(host, port, say)


@web.command()
def work(once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False) -> None:
    """Send what is due, let holds run out, sign the audit; `serve` starts it too."""
    service().work(once=once, say=say)


@web.command()
def code(name: Annotated[str, typer.Argument(help="One of the invented staff.")]) -> None:
    """The sign-in code of the moment of one of a demonstration's staff."""
    say(service().code(name))


@web.command()
def steward(name: Annotated[str, typer.Argument(help="By which they sign in.")]) -> None:
    """Make the first steward of a service, who makes all other accounts; says their first password once."""
    say(service().steward(name))


Number = Annotated[int | None, typer.Option(min=0)]
Clock = Annotated[datetime | None, typer.Option(formats=["%H:%M"], help="Local hour, such as 20:00.")]


@web.command()
def site(
    code: Annotated[str, typer.Argument(help="A short word of letters, digits, - and _.")],
    name: Annotated[str | None, typer.Option(help="As people know it.")] = None,
    kind: Annotated[str | None, typer.Option(help="centre or shelter; it stays what it is.")] = None,
    zone: Annotated[str | None, typer.Option(help="Of its clocks, such as America/Denver.")] = None,
    rated: Number = None,
    surge: Number = None,
    latest_intake: Clock = None,
    releases_from: Clock = None,
    releases_until: Clock = None,
    public: Annotated[bool | None, typer.Option(help="Whether its counts are published under its name.")] = None,
) -> None:
    """Make a centre or a shelter of the board, or change what is said of one; who did so stands in the audit."""
    hours = {"latest_intake": latest_intake, "releases_from": releases_from, "releases_until": releases_until}
    given = {"name": name, "kind": kind, "zone": zone, "rated": rated, "surge": surge, "public": public}
    said = {**given, **{word: hour and hour.time() for word, hour in hours.items()}}
    say(service().site(code, **said))


@web.command()
def roles(
    apply: Annotated[bool, typer.Option("--apply", help="Bring the tables up to date and grant.")] = False,
) -> None:
    """Say what gives the roles of the database (PostgreSQL) their rights, for its owner; or put it in force."""
    said = service().roles(apply=apply)
    say(f"{len(said)} statements said" if apply else ";\n".join(said) + ";")


@web.command()
def check(json: Json = None) -> None:
    """Is all well: tables, caps, audit, checkpoints, outbox, retention, keys.  Exit code 1 if not."""
    running = service()
    findings = running.check()
    write_json(json, lambda: running.as_json(findings))
    if str(json) != "-":
        for finding in findings:
            say(f"{'well ' if finding.well else 'WRONG'}  {finding.what:<12} {finding.said}")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@web.command("audit-verify")
def audit_verify() -> None:
    """Go through every chain and checkpoint of the audit.  Exit code 1 at the first line that was touched."""
    verdict = service().audit_verify()
    for subject, number, fault in verdict.broken:
        say(f"BROKEN  {subject} line {number}: {fault}")
    signed = f"{verdict.checkpoints} checkpoints, {verdict.unsigned} events not yet signed"
    say(f"{'sound' if verdict.sound else 'BROKEN'}: {verdict.events} events of {verdict.subjects} subjects, {signed}")
    if not verdict.sound:
        raise typer.Exit(1)


@web.command("rotate-keys")
def rotate_keys() -> None:
    """Seal everything with the newest of CAUCE_KEYS, so that older ones may be taken away."""
    people, devices = service().rotate_keys()
    say(f"{people} people's keys and {devices} second factors sealed with the newest key")


@web.command("restore-drill")
def restore_drill() -> None:
    """Back up, restore elsewhere, and check the copy.  Exit code 1 if it is not as sound as the original."""
    drill = service().restore_drill()
    for finding in drill.findings:
        say(f"{'well ' if finding['well'] else 'WRONG'}  {finding['what']:<12} {finding['said']}")
    before, after = drill.events
    said = f"{before} events before and {after} after, {drill.bytes:,} bytes, {drill.seconds:.1f} s"
    say(f"restored: {said}" if drill.passed else f"NOT RESTORED: {said}")
    if not drill.passed:
        raise typer.Exit(1)


@web.command()
def lane(out: Annotated[Path, typer.Option("--out", help="Folder of the files.")] = Path("results/lane")) -> None:
    """Write the pathway's queue for the simulator: counts by state, and a scenario from the cap's counter."""
    say(f"cauce run {service().count_lane(out)}")
