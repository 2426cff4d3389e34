"""From the start of a server's process to its first 200 of /readyz."""

from __future__ import annotations

from typing import Final

from benchmarks.figures import Figure, Section, Target
from benchmarks.processes import running
from benchmarks.workplace import Workplace

ROUNDS: Final = 5


def measure(place: Workplace) -> Section:
    """Both services, built beforehand, in turn."""
    rounds = 1 if place.quick else ROUNDS
    services = (place.ours, place.plain)
    taken: dict[str, list[float]] = {service.name: [] for service in services}
    # Files are read from memory then, for both: what is measured is the program, not the disk.
    for service in services:
        place.tell(f"{service.name}, once unmeasured")
        with running(service, place.folder):
            pass
    for number in range(rounds):
        for service in services:
            with running(service, place.folder) as server:
                taken[service.name].append(server.ready_s)
            place.tell(f"round {number + 1} of {rounds}: {service.name} {taken[service.name][-1]:.2f} s")
    figure = Figure(
        name="from start to ready",
        unit="s",
        ours=tuple(taken[place.ours.name]),
        baseline=tuple(taken[place.plain.name]),
        target=Target(bound="at most", limit=2.0, of="value"),
    )
    return Section(
        title="ready",
        against="a plain service that has its index on disk",
        figures=(figure,),
        notes=(f"rounds: {rounds}, in turn; files are in the page cache.",),
    )
