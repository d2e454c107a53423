"""Child processes whose processor time and memory are measured. Every one is bounded in time and waited for."""
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass


class BenchmarkError(Exception):
    """Something a person has to put right: what went wrong and what to do."""


@dataclass(frozen=True)
class Finished:
    """A process that ended by itself."""

    output: str
    errors: str
    status: int
    cpu_seconds: float
    """User and system time of all its threads, and of its children that it waited for."""


def pinned(command, core):
    """The command, tied to one core if there is one to tie it to."""
    return ["taskset", "-c", str(core), *command] if core is not None else list(command)


def run(command, core, timeout, environment=None):
    """Run a generator to its end and say what it used.

    `taskset` replaces itself by the command, so its own share is a millisecond, and the same for all.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            pinned(command, core), stdout=output, stderr=errors, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})}, start_new_session=True)
        usage, status = _wait(process, timeout)
        output.seek(0)
        errors.seek(0)
        return Finished(output.read(), errors.read(), status, usage.ru_utime + usage.ru_stime)


def _wait(process, timeout):
    """Wait with the resource usage of this one process; kill its group when the time is up."""
    end = time.monotonic() + timeout
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage, process.returncode
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            process.returncode = -signal.SIGKILL
            raise BenchmarkError(f"{process.args[0]}: not finished after {timeout:.0f} s, killed: {' '.join(process.args)}")
        time.sleep(0.02)


def end_in_order():
    """Let SIGTERM end this program as Ctrl-C does, so that whatever it has started is ended, too."""
    def end(*_):
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)


class Background:
    """A process that runs until the `with` block ends: SIGTERM, then SIGKILL after 5 s."""

    def __init__(self, command, core, environment=None, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        self.process = subprocess.Popen(
            pinned(command, core), stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})}, start_new_session=True, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def resident_bytes(self):
        """Resident memory of the process and all its descendants."""
        return sum(_resident_bytes(pid) for pid in _tree(self.process.pid))


def _tree(pid):
    pids = [pid]
    for parent in pids:
        try:
            for task in os.listdir(f"/proc/{parent}/task"):
                with open(f"/proc/{parent}/task/{task}/children") as file:
                    pids += [int(child) for child in file.read().split()]
        except OSError:
            continue        # it has ended meanwhile
    return pids


def _resident_bytes(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
