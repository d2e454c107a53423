"""Resident memory over waiting users: connected ones in one process, 100,000 of them in as many as descriptors need, and such without a connection."""
import json
import math
import socket
import time
from contextlib import ExitStack
from pathlib import Path

from comparison import memory, servers
from comparison.processes import Background, BenchmarkError

from . import rounds

HERE = Path(__file__).resolve().parent.parent
USERS_OF_A_WORKER = 8334
"""Below half of an address's ports towards one destination: beyond it the kernel searches for each further one."""
UNCONNECTED = 'user "U" { wait = constant(3600), task { "a", function(self) end } }\n'
START_TIMEOUT_SECONDS = 120


def connected(options, kinds, directory, log):
    """One process of each peer at its numbers of users. `kinds` is a list of (peer, numbers)."""
    rows = []
    with servers.nginx(options.nginx, directory, options.server_core) as server:
        for peer, numbers in kinds:
            for users in numbers:
                log(f"memory of {peer.name} with {users:,} connected users")
                result = memory.measure_memory(peer, server, users, directory, options.generator_core)
                if result.failure:
                    log(result.failure)
                    rows.append((peer.name, f"{users:,}", 1, "–", "–"))
                else:
                    rows.append((peer.name, f"{users:,}", 1, rounds.number(result.bytes_per_user / 1000), rounds.number(result.total_bytes / 1e6)))
    return rows


def fleet(options, directory, log):
    """The connected users of many processes: a master, and workers with a source address each. The master's memory is not counted."""
    users = options.fleet_users
    count = math.ceil(users / USERS_OF_A_WORKER)
    log(f"memory of {count} workers with {users:,} connected users")
    few = _fleet_bytes(options, directory, count, memory.FEW_USERS * count)
    many = _fleet_bytes(options, directory, count, users)
    per_user = (many - few) / (users - memory.FEW_USERS * count)
    return ("cicada, workers", f"{users:,}", count, rounds.number(per_user / 1000), rounds.number(many / 1e6))


def _fleet_bytes(options, directory, count, users):
    with ExitStack() as stack:
        server = stack.enter_context(servers.sample_webapp(options.webapp, None, processes=math.ceil(users / 15_000)))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        master = stack.enter_context(Background(
            [options.cicada, "master", str(HERE / "idle-user.lua"), "-H", server.url, "-u", str(users), "-r", "5000", "-t", "300s", "-L", "error",
             "--expect-workers", str(count), "--port", str(port)], None))
        workers = [stack.enter_context(Background(
            [options.cicada, "worker", "--master-port", str(port), "--name", f"worker_{number + 1}", "--threads", "1", "-L", "error",
             "--source-address", f"127.0.0.{10 + number}"], None)) for number in range(count)]
        end = time.monotonic() + START_TIMEOUT_SECONDS
        while (served := server.served()) < users:
            if master.process.poll() is not None or time.monotonic() > end:
                raise BenchmarkError(f"{served:,} of {users:,} users of {count} workers have sent a request; start the master by hand to see why")
            time.sleep(0.5)
        time.sleep(memory.SETTLE_SECONDS)
        resident = sum(worker.resident_bytes() for worker in workers)
        for process in [master, *workers]:
            process.process.terminate()
        return resident


def unconnected(options, directory, log):
    """Users whose task makes no request, in one process; per user beyond the first of these numbers."""
    script = Path(directory) / "unconnected.lua"
    script.write_text(UNCONNECTED)
    rows, few = [], None
    for users in options.unconnected:
        log(f"memory with {users:,} users without a connection")
        resident = _unconnected_bytes(options, script, users, directory)
        per_user = "" if few is None else rounds.number((resident - few[1]) / (users - few[0]) / 1000)
        few = few or (users, resident)
        rows.append(("cicada, no connection", f"{users:,}", 1, per_user, rounds.number(resident / 1e6)))
    return rows


def _unconnected_bytes(options, script, users, directory):
    result = Path(directory) / "unconnected.json"
    seconds = math.ceil(users / 20_000) + 4
    command = [options.cicada, "run", str(script), "-H", "http://127.0.0.1:1", "-u", str(users), "-r", "20000", "-t", f"{seconds}s",
               "--max-connections", "15000", "--only-summary", "-L", "error", "--json", str(result)]
    greatest = 0
    with Background(command, options.generator_core) as generator:
        end = time.monotonic() + seconds + 30
        while generator.process.poll() is None and time.monotonic() < end:
            greatest = max(greatest, generator.resident_bytes())
            time.sleep(0.2)
    try:
        there = max(point["users"] or 0 for point in json.loads(result.read_text())["history"])
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"no result of {users:,} users without a connection: {error}") from None
    if there < users:
        raise BenchmarkError(f"{there:,} of {users:,} users without a connection were started in {seconds} s")
    return greatest


def table(rows):
    """The whole table."""
    head = ["generator", "users", "processes", "kB per user", "all processes, MB"]
    return ["### Memory over waiting users", "", *rounds.table(head, rows)]
