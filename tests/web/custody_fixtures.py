"""People of a centre for the tests of the board."""

from __future__ import annotations

import itertools
import threading
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections

from cauce.web.domain import custody
from cauce.web.models import Held, Site, Staff

_numbers = itertools.count()


def site(code: str = "centre", kind: str = "centre", **more: object) -> Site:
    """A site in the zone of the border."""
    return Site.objects.create(code=code, name=code.title(), kind=kind, rated=1040, surge=3660, **more)


def staff(role: str = "centre-lead", *sites: Site) -> Staff:
    """Somebody who works at these sites."""
    made = Staff.objects.create(user=get_user_model().objects.create_user(f"{role}-{next(_numbers)}"), role=role)
    made.sites.set(sites)
    return made


def person(name: str = "", demographic: str = "single-adult", nationality: str = "VEN") -> custody.Person:
    """A person of their own name; a child alone is one."""
    born = "2010-05-01" if demographic == "unaccompanied-child" else "1990-05-01"
    return custody.Person(name or f"Ana Planted {next(_numbers)}", born, nationality, demographic)


def adult(at: Site, by: Staff, stage: str = "intake", **more: object) -> Held:
    """A single adult, moved on to a stage."""
    (held,) = custody.take_in(by, at, [person()], **more)  # type: ignore[arg-type]
    return onward(held, by, stage)


def family(at: Site, by: Staff, size: int = 3, stage: str = "intake") -> list[Held]:
    """A family, moved on to a stage."""
    people = custody.take_in(by, at, [person(demographic="family") for _ in range(size)])
    return [onward(held, by, stage) for held in people]


def onward(held: Held, by: Staff, stage: str) -> Held:
    """The same person after the moves that lead to a stage."""
    for step in ("processing", "waiting-exit")[: {"intake": 0, "processing": 1, "waiting-exit": 2}[stage]]:
        custody.move(by, held, step, held.version)
    return held


def storm(work: Any, threads: int = 64) -> list[BaseException]:
    """The same work by many threads that start together; what went wrong in any."""
    faults: list[BaseException] = []
    begin = threading.Barrier(threads)

    def run(number: int) -> None:
        try:
            begin.wait()
            work(number)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return faults
