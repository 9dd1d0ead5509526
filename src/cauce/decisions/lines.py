"""The lines for vehicles: which steps send people there, and the network in which a plan sends them.

`Steps` finds them in a network of one place or of many; `sending` is the network in which a share of each stream goes
to its line and nobody by pressure, `nobody` the shares that send no one.
"""

from __future__ import annotations

from dataclasses import dataclass

from cauce.documents import Ranged
from cauce.errors import DocumentError
from cauce.model.process import REST, Branch, Diversion, Pressure, Process, Station
from cauce.policy.plan import Numbers

NONE = "sent-nobody"  # the parameter of a share that is none
ORDERED = "as the plan orders"  # the source of what is

Shares = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
"""Step that sends to the line -> stream -> share of those who may be moved."""


@dataclass(frozen=True)
class Steps:
    """The steps of one sector that a plan speaks of."""

    sector: str
    booking: Station
    """The step whose pressure sends people to the line."""
    level: str
    """Parameter: persons inside from which it does."""
    divert: Diversion
    between: tuple[str, ...]
    """From the booking to the line, the last."""

    @property
    def site(self) -> str:
        """Where people of the sector are held."""
        return self.booking.site or ""

    @property
    def line(self) -> str:
        """Where people wait for a vehicle."""
        return self.between[-1]

    def sends(self, pathway: str) -> str:
        """The step of `sending` at which those bound for a pathway are sent to the line, or not."""
        return f"sending-{self.sector}-{pathway}"

    def desks(self, process: Process, pathways: tuple[str, ...]) -> tuple[str, ...]:
        """The desks to which some pathways lead when nobody is sent to the line."""
        onward, found = dict(self.booking.pathways), []
        ahead = [onward[pathway] for pathway in pathways]
        while ahead:
            step = process.station(ahead.pop(0))
            if step.kind == "desk":
                found.append(step.id)
            else:  # a choice on the way to a desk takes no time
                ahead += [target for target in step.targets if target != self.divert.to]
        return tuple(dict.fromkeys(found))

    @classmethod
    def all(cls, process: Process) -> tuple[Steps, ...]:
        """Those of every sector into which people come.

        Raises
        ------
        DocumentError
            A sector from which nobody can be sent to a line.
        """
        gates = process.gates or ((process.custody, process.encounter),)
        return tuple(cls._of(process, sector, gate) for sector, gate in gates)

    @classmethod
    def _of(cls, process: Process, sector: str, gate: str) -> Steps:
        station, seen = process.station(gate), {gate}
        while station.pressed is None or station.pressed.divert is None:
            ahead = [target for target in station.targets if target not in seen]
            if not ahead:
                raise DocumentError(f"nobody of {sector!r} is ever sent to a line", mend="give a step a `divert`")
            seen.add(ahead[0])
            station = process.station(ahead[0])
        between = [station.pressed.divert.to]
        while process.station(between[-1]).kind != "departure":
            between.append(process.station(between[-1]).targets[0])
        return cls(sector, station, station.pressed.at, station.pressed.divert, tuple(between))


def pathways(process: Process) -> tuple[str, ...]:
    """Those that are chosen wherever people are sent to a line."""
    return tuple(sorted(set.intersection(*({p for p, _ in steps.booking.pathways} for steps in Steps.all(process)))))


def nobody(process: Process, numbers: Numbers) -> Shares:
    """Nobody is sent to any line."""
    none = tuple((name, 0.0) for name, _ in numbers.streams)
    return tuple((steps.booking.id, none) for steps in Steps.all(process))


def sending(process: Process, numbers: Numbers, shares: Shares) -> Process:
    """The network in which a share of each stream is sent to its sector's line, and nobody by pressure."""
    none = Ranged(value=0, low=0, high=0, source=ORDERED)
    parameters, stations = {**dict(process.parameters), NONE: none}, {s.id: s for s in process.stations}
    told, kept = {step: dict(of) for step, of in shares}, dict(numbers.kept)
    for steps in Steps.all(process):
        onward = dict(steps.booking.pathways)  # the plan has booked: nobody waits for it
        for stream, pathways in numbers.streams:
            share, name = told[steps.booking.id][stream], f"sent-{steps.sector}-{stream}"
            parameters[name] = Ranged(value=share, low=share, high=share, source=ORDERED)
            for pathway in pathways:
                target, choice = onward[pathway], steps.sends(pathway)
                stays = [Branch(nationalities=kept[pathway], to=target)] if kept.get(pathway) else []
                moved = Branch(demographics=steps.divert.demographics, to={steps.line: name, target: REST})
                to = (*stays, moved, Branch(to=target))
                stations[choice] = Station(id=choice, kind="delay", site=steps.site, to=to)
                onward[pathway] = choice
        for station in process.stations:
            if station.site == steps.site and station.pressed is not None:
                calmed = {"pressed": calm(station.pressed, steps.divert.to)}
                stations[station.id] = stations[station.id].model_copy(update=calmed)
        booking = stations[steps.booking.id]
        stations[booking.id] = booking.model_copy(update={"pathways": tuple(sorted(onward.items()))})
    return process.with_changes(parameters=tuple(sorted(parameters.items())), stations=tuple(stations.values()))


def calm(pressed: Pressure, line: str) -> Pressure:
    """A pressure that sends nobody to the line."""
    divert = None if pressed.divert is None else pressed.divert.with_changes(share=NONE)
    to = []
    for branch in pressed.to:
        shares = tuple((target, NONE if target == line else share) for target, share in branch.to)
        to.append(branch.model_copy(update={"to": shares}))
    return pressed.model_copy(update={"to": tuple(to), "divert": divert})
