"""What a generator takes in a window of time after its ramp: CPU and wake-ups of the process, and what the server answered."""
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from comparison.processes import Background, BenchmarkError

RAMP_TIMEOUT_SECONDS = 90


@dataclass(frozen=True)
class Window:
    """The difference of two looks at a process and at its server."""

    seconds: float
    cpu_seconds: float
    requests: int
    wake_ups: int

    @property
    def microseconds(self):
        """CPU per request."""
        return 1e6 * self.cpu_seconds / self.requests

    @property
    def rate(self):
        """Requests per second."""
        return self.requests / self.seconds


def cpu_seconds(pid):
    """User and system time of a running process so far, of all its threads: what /proc/PID/stat has, in nanoseconds instead of ticks.

    The clock is the one that clock_getcpuclockid(3) names.
    """
    return time.clock_gettime(~pid << 3 | 2)


def wake_ups(pid):
    """How often threads of the process have gone to sleep, so far."""
    statuses = (Path(f"/proc/{pid}/task/{task}/status").read_text() for task in os.listdir(f"/proc/{pid}/task"))
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1]) for text in statuses)


def measure(invocation, core, server, users, settle, seconds):
    """Start the generator, wait until it has a descriptor for each user and `settle` seconds more, and look at it for `seconds`."""
    with Background(invocation.command, core, invocation.environment) as generator:
        process = generator.process
        try:
            end = time.monotonic() + RAMP_TIMEOUT_SECONDS
            while len(os.listdir(f"/proc/{process.pid}/fd")) < users:
                if process.poll() is not None:
                    break
                if time.monotonic() > end:
                    raise BenchmarkError(f"{invocation.command[0]}: has no {users} connections after {RAMP_TIMEOUT_SECONDS} s")
                time.sleep(0.1)
            time.sleep(settle)
            first = _look(process.pid, server)
            time.sleep(seconds)
            last = _look(process.pid, server)
            connections = len(os.listdir(f"/proc/{process.pid}/fd"))
        except OSError as error:
            raise BenchmarkError(f"{invocation.command[0]}: ended before it was measured, or the server did not answer: {error}") from None
    if connections < users:
        raise BenchmarkError(f"{invocation.command[0]}: has {connections} descriptors left, of {users} connections")
    window = Window(*(after - before for before, after in zip(first, last)))
    if window.requests == 0:
        raise BenchmarkError(f"{invocation.command[0]}: made no request in {seconds} s")
    return window


def _look(pid, server):
    return time.monotonic(), cpu_seconds(pid), server.served(), wake_ups(pid)
