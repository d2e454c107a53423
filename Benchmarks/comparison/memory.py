"""Resident memory per connected, waiting user: every user sends one request, keeps its connection, and waits."""
import time
from dataclasses import dataclass

from .processes import Background, BenchmarkError

FEW_USERS = 10
ARRIVAL_TIMEOUT_SECONDS = 90
SETTLE_SECONDS = 2


@dataclass(frozen=True)
class MemoryPerUser:
    """(resident bytes at `users` - at a few users) / the difference in users, so that the program itself falls out."""

    peer: object
    users: int
    bytes_per_user: float | None
    total_bytes: int | None
    failure: str | None = None


def measure_memory(peer, server, users, directory, core):
    """Both runs of one peer, one after the other."""
    try:
        few = _resident_bytes(peer, server, FEW_USERS, directory, core)
        many = _resident_bytes(peer, server, users, directory, core)
    except BenchmarkError as error:
        return MemoryPerUser(peer, users, None, None, str(error))
    return MemoryPerUser(peer, users, (many - few) / (users - FEW_USERS), many)


def _resident_bytes(peer, server, users, directory, core):
    """Start the generator, wait until every user has been answered, and read its memory once it stands still."""
    invocation = peer.idle_invocation(server.url, users, directory)
    before = server.served()
    with Background(invocation.command, core, invocation.environment) as background:
        end = time.monotonic() + ARRIVAL_TIMEOUT_SECONDS
        while (served := server.served() - before) < users:
            if background.process.poll() is not None:
                raise BenchmarkError(f"{peer.name}: ended after {served} of {users} users")
            if time.monotonic() > end:
                raise BenchmarkError(f"{peer.name}: {served} of {users} users sent a request in {ARRIVAL_TIMEOUT_SECONDS} s")
            time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)
        return background.resident_bytes()
