"""The generators compared. A peer is how to start one on the two requests, and how to read what it counted.

To add one: write the class, and put it into `ALL`.
"""
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .processes import BenchmarkError

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Invocation:
    """A command to run, where its report is, and what must be in its environment."""

    command: list
    environment: dict
    report: Path | None = None


@dataclass(frozen=True)
class Count:
    """What a generator says it did."""

    requests: int
    errors: int


class Peer:
    """One generator. `program` is its executable, or None where it is not installed."""

    name = ""
    what = ""
    warm_seconds = 1
    """Length of the short run: time enough to start all users at 4,000."""
    overtime_seconds = 20
    """Time it may need beyond the time asked for, before it is killed."""
    is_slow = False
    """Whether it gets fewer rounds (`--rounds-slow`)."""
    hint = ""
    """What to do when it is missing."""

    def __init__(self, program):
        self.program = shutil.which(program) if program else None

    def version(self):
        """One line."""
        raise NotImplementedError

    def invocation(self, url, users, seconds, directory):
        """`users` users without a pause for `seconds` whole seconds."""
        raise NotImplementedError

    def count(self, finished, invocation):
        """Read the report; raises `BenchmarkError` if there is none."""
        raise NotImplementedError

    def idle_invocation(self, url, users, directory):
        """`users` users that send one request and stay connected; None if it cannot do that."""
        return None

    def _unreadable(self, finished):
        text = (finished.errors.strip() or finished.output.strip())[-600:]
        return BenchmarkError(f"{self.name}: no request count in its report (exit status {finished.status}): {text}")


class Cicada(Peer):
    """Its engine takes a user's tasks from Lua, measures six phases, and keeps histograms per request name."""

    name = "cicada"
    what = "Lua script, all measurements on"
    hint = "build it: swift build -c release; or say where it is: --cicada PATH"

    #: Where the JSON report has its totals. Follows the format of `--json`.
    requests_key, failures_key = ("total", "requests"), ("total", "failures")

    def version(self):
        return _first_line([self.program, "--version"])

    def invocation(self, url, users, seconds, directory):
        report = Path(directory) / "cicada.json"
        report.unlink(missing_ok=True)
        return Invocation(
            [self.program, "run", str(HERE / "two-tasks.lua"), "-H", url, "-u", str(users), "-r", str(users * 10),
             "-t", f"{seconds}s", "--only-summary", "--json", str(report)], {}, report)

    def count(self, finished, invocation):
        try:
            document = json.loads(invocation.report.read_text())
            return Count(_at(document, self.requests_key), _at(document, self.failures_key))
        except (OSError, ValueError, LookupError, TypeError):
            raise self._unreadable(finished) from None

    def idle_invocation(self, url, users, directory):
        return Invocation(
            [self.program, "run", str(HERE / "idle-user.lua"), "-H", url, "-u", str(users), "-r", "3000",
             "-t", "300s", "--only-summary"], {})


class CurlLoop(Peer):
    """The bar: what libcurl itself costs."""

    name = "curl-loop"
    what = "bare C loop over the same libcurl, a pool per user"

    def version(self):
        return "libcurl " + _first_line(["curl-config", "--version"]).removeprefix("libcurl ")

    def invocation(self, url, users, seconds, directory):
        return Invocation([self.program, url, str(users), str(seconds)], {})

    def count(self, finished, invocation):
        try:
            document = json.loads(finished.output)
            return Count(document["requests"], document["errors"])
        except (ValueError, LookupError):
            raise self._unreadable(finished) from None

    def idle_invocation(self, url, users, directory):
        return Invocation([self.program, url, str(users), "300", "idle"], {})


class Wrk(Peer):
    """One thread; both requests made once, answers counted and dropped."""

    name = "wrk"
    what = "one thread, requests made once"
    hint = "apt-get install wrk"

    def version(self):
        # `wrk -v` ends with the usage and status 1; its first line is what is wanted.
        return re.sub(r"\s*\[.*", "", _first_line([self.program, "-v"]))

    def invocation(self, url, users, seconds, directory):
        return Invocation(
            [self.program, "-t1", f"-c{users}", f"-d{seconds}s", "--timeout", "20s",
             "-s", str(HERE / "two-tasks-wrk.lua"), url], {})

    def count(self, finished, invocation):
        requests = re.search(r"^\s*(\d+) requests in", finished.output, re.M)
        if not requests:
            raise self._unreadable(finished)
        sockets = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", finished.output)
        statuses = re.search(r"Non-2xx or 3xx responses: (\d+)", finished.output)
        errors = sum(map(int, sockets.groups())) if sockets else 0
        return Count(int(requests[1]), errors + (int(statuses[1]) if statuses else 0))


class Hey(Peer):
    """One kind of request only, so GET /a alone."""

    name = "hey"
    what = "GET only: it knows one request per run"
    warm_seconds = 2
    is_slow = True
    hint = "apt-get install hey"

    def version(self):
        return _package_version("hey")

    def invocation(self, url, users, seconds, directory):
        return Invocation([self.program, "-z", f"{seconds}s", "-c", str(users), "-cpus", "1", "-t", "20", url + "/a"], {})

    def count(self, finished, invocation):
        counts = re.findall(r"^\s*\[(\d+)\]\s+(\d+) responses", finished.output, re.M)
        if not counts:
            raise self._unreadable(finished)
        # The distribution of errors lists requests cut off at the end too: they are not answers, and no failures.
        return Count(sum(int(count) for _, count in counts), sum(int(count) for status, count in counts if status != "200"))


class Locust(Peer):
    """FastHttpUser, the faster of Locust's two clients, in one process."""

    name = "locust"
    what = "FastHttpUser, one process"
    warm_seconds = 3
    overtime_seconds = 60
    is_slow = True
    hint = "run scripts/setup, or say where it is: --locust PATH"

    def version(self):
        return _first_line([self.program, "--version"]).split(" from ")[0]

    def _command(self, url, users, seconds):
        return [self.program, "-f", str(HERE / "locustfile.py"), "--headless", "-H", url, "-u", str(users), "-r", str(users),
                "-t", f"{seconds}s", "--only-summary", "--loglevel", "WARNING"]

    def invocation(self, url, users, seconds, directory):
        return Invocation([*self._command(url, users, seconds), "--json"], {})

    def count(self, finished, invocation):
        try:
            entries = json.loads(finished.output)
            return Count(sum(e["num_requests"] for e in entries), sum(e["num_failures"] for e in entries))
        except (ValueError, LookupError, TypeError):
            raise self._unreadable(finished) from None

    def idle_invocation(self, url, users, directory):
        return Invocation(self._command(url, users, 300), {"BENCH_WAIT": "600"})


ALL = [Cicada, CurlLoop, Wrk, Hey, Locust]
BAR = CurlLoop.name


def _at(document, path):
    for key in path:
        document = document[key]
    return document


def _first_line(command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                            text=True, timeout=20, env={**os.environ, "LC_ALL": "C"})
    lines = result.stdout.strip().splitlines()
    return lines[0] if lines else "unknown"


def _package_version(package):
    """A version for a program that cannot tell its own."""
    try:
        return f"{package} " + _first_line(["dpkg-query", "-W", "-f", "${Version}", package])
    except OSError:
        return f"{package}, version unknown"
