"""CPU per request of every peer, in rounds that alternate the peers.

The cost of a request is a slope. In each round a peer runs twice, for a short time and for a long one, and

    cost = (CPU of the long run - CPU of the short run) / (requests of the long run - requests of the short run)

so that what both have in common, which is starting the process, reading the script and opening the
connections, falls out. It is done in the same way for every peer. Requests are those that the
generator counted; the server's own count is kept beside them.
"""
from dataclasses import dataclass, field

from . import processes
from .intervals import median_interval
from .processes import BenchmarkError


FAILURES_ALLOWED = 1
"""Rounds of a peer at one point that may fail before it is left out of the rest."""


@dataclass(frozen=True)
class Run:
    """One run of one generator."""

    requests: int
    errors: int
    served: int
    cpu_seconds: float


@dataclass
class Series:
    """What all rounds of one peer at one point gave. A list by round; None where the peer sat out."""

    peer: object
    users: int
    microseconds: list = field(default_factory=list)
    errors: int = 0
    requests: int = 0
    served: int = 0
    requests_per_second: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    def costs(self):
        return [cost for cost in self.microseconds if cost is not None]

    def interval(self):
        """The median cost in microseconds, None where nothing was measured."""
        return median_interval(self.costs()) if self.costs() else None

    def ratio_to(self, bar):
        """The median of the ratios to the bar in the same round, None where there are none."""
        ratios = [own / other for own, other in zip(self.microseconds, bar.microseconds)
                  if own is not None and other is not None]
        return median_interval(ratios) if ratios else None

    def unexplained(self):
        """Requests that the server answered and the generator did not count, or the reverse, as a share."""
        return (self.served - self.requests) / self.served if self.served else 0.0


def run_once(peer, server, users, seconds, directory, core):
    """One run. The server's count is read before and after, while nobody else asks it."""
    before = server.served()
    invocation = peer.invocation(server.url, users, seconds, directory)
    finished = processes.run(invocation.command, core, seconds + peer.overtime_seconds, invocation.environment)
    served = server.served() - before
    count = peer.count(finished, invocation)
    if count.requests == 0:
        raise BenchmarkError(f"{peer.name}: made no request at {users} users")
    return Run(count.requests, count.errors, served, finished.cpu_seconds)


def measure_point(peers, server, users, options, directory, log):
    """All rounds of all peers at one number of users. A peer that fails again is left out of the rounds that follow."""
    series = {peer.name: Series(peer, users) for peer in peers}
    for number in range(options.rounds):
        first = number % len(peers)
        for peer in peers[first:] + peers[:first]:
            entry = series[peer.name]
            if len(entry.failures) > FAILURES_ALLOWED or not _takes_part(peer, number, options):
                entry.microseconds.append(None)
                continue
            try:
                _measure_round(peer, server, users, options, directory, entry)
                log(f"{users} in flight, round {number + 1}/{options.rounds}, {peer.name}: {entry.microseconds[-1]:.1f} µs")
            except BenchmarkError as error:
                entry.failures.append(f"round {number + 1}: {error}")
                entry.microseconds.append(None)
                log(f"{users} in flight, round {number + 1}/{options.rounds}: {error}")
    return list(series.values())


def _takes_part(peer, number, options):
    """Slow peers sit out all but `rounds_slow` rounds, evenly spread over the whole."""
    if not peer.is_slow or options.rounds_slow >= options.rounds:
        return True
    return number * options.rounds_slow // options.rounds != (number + 1) * options.rounds_slow // options.rounds


def _measure_round(peer, server, users, options, directory, entry):
    short = run_once(peer, server, users, peer.warm_seconds, directory, options.generator_core)
    long = run_once(peer, server, users, peer.warm_seconds + options.seconds, directory, options.generator_core)
    requests = long.requests - short.requests
    if requests <= 0:
        raise BenchmarkError(f"{peer.name}: no more requests in {peer.warm_seconds + options.seconds} s"
                             f" than in {peer.warm_seconds} s; take longer runs (--seconds)")
    entry.microseconds.append((long.cpu_seconds - short.cpu_seconds) * 1e6 / requests)
    entry.requests_per_second.append(requests / options.seconds)
    for run in (short, long):
        entry.requests += run.requests
        entry.served += run.served
        entry.errors += run.errors
