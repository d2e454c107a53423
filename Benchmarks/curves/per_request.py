"""CPU per request over kept-alive connections, and over request names."""
from pathlib import Path
from statistics import median

from comparison.peers import Invocation

from . import rounds, steady

HERE = Path(__file__).resolve().parent
NAMES_USERS = 64
GROWTH_BAR = 1.4


def _cicada(options, script, users, settings, *more):
    rate = options.rate
    # One whole pause as the ramp: the users' first requests are as far apart as those that follow.
    return Invocation(
        [options.cicada, "run", str(HERE / script), "-u", str(users), "-r", str(rate), "-t", "300s", "--threads", "1", "--only-summary",
         "-L", "error", *more], {"WAIT": str(users / rate), **settings})


def _locust(options, users, url, settings):
    rate = options.locust_rate
    return Invocation(
        [options.locust, "-f", str(HERE / "locustfile.py"), "--headless", "-H", url, "-u", str(users), "-r", str(rate), "-t", "300s",
         "--only-summary", "--loglevel", "WARNING"], {"WAIT": str(users / rate), **settings})


def connections(options, server, log):
    """The curve over connections of one process with one engine thread; the server has a process for each of its addresses."""
    def cicada(users):
        load = _cicada(options, "connections.lua", users, {"HOSTS": ",".join(server.urls), **({"CONSTANT": "1"} if options.constant else {})})
        return steady.measure(load, options.generator_core, server, users, 2, options.seconds)

    def wrk(users):
        load = [options.wrk, "-t1", f"-c{users}", "-d300s", "--timeout", "20s", "-s", str(HERE / "wrk.lua"), f"{server.url}/metrics"]
        return steady.measure(Invocation(load, {}), options.generator_core, server, users, 2, options.seconds)

    def locust(users):
        return steady.measure(_locust(options, users, server.url, {}), options.generator_core, server, users, 6, options.seconds)

    curves = [rounds.Curve("cicada", options.connections, cicada, options.rounds)]
    if options.wrk:
        curves.append(rounds.Curve("wrk", options.connections, wrk, options.peer_rounds))
    if options.locust:
        curves.append(rounds.Curve("locust", [users for users in options.connections if users in (64, 1024)], locust, options.peer_rounds))
    lines = [f"### CPU per request over connections, {options.rate:,} requests/s", ""]
    lines += _take(curves, "connections", log)
    first, last = options.connections[0], options.connections[-1]
    ratios = curves[0].ratios(last, lambda window: window.microseconds)
    lines += rounds.bar(f"at {last:,} connections to {first:,}", median(ratios) if ratios else None, GROWTH_BAR)
    return lines


def names(options, server, log):
    """The curve over request names, with a constant number of users."""
    def cicada(count):
        load = _cicada(options, "names.lua", NAMES_USERS, {"NAMES": str(count)}, "-H", server.url)
        return steady.measure(load, options.generator_core, server, NAMES_USERS, 2, options.seconds)

    def locust(count):
        load = _locust(options, NAMES_USERS, server.url, {"NAMES": str(count)})
        return steady.measure(load, options.generator_core, server, NAMES_USERS, 4, options.seconds)

    curves = [rounds.Curve("cicada", options.names, cicada, options.rounds)]
    if options.locust:
        curves.append(rounds.Curve("locust", options.names, locust, options.peer_rounds))
    lines = [f"### CPU per request over request names, {NAMES_USERS} users, {options.rate:,} requests/s", ""]
    return lines + _take(curves, "names", log)


def _take(curves, what, log):
    def cost(window):
        return window.microseconds

    rounds.take(curves, cost, "µs", log)
    rows = []
    for curve in curves:
        for point in curve.points:
            costs, ratios = curve.at(point, cost), curve.ratios(point, cost)
            is_first = point == curve.points[0]
            rows.append((
                curve.name, f"{point:,}", rounds.middle(curve.at(point, lambda window: window.rate)), rounds.middle(costs), rounds.extent(costs),
                rounds.middle(ratios, "{:.2f}".format), "" if is_first else rounds.extent(ratios, "{:.2f}".format),
                rounds.middle(curve.at(point, lambda window: window.wake_ups / window.requests)), len(costs)))
    first = curves[0].points[0]
    head = ["generator", what, "requests/s", "CPU per request, µs", "range", f"ratio to {first:,}", "range", "wake-ups per request", "rounds"]
    return rounds.table(head, rows) + rounds.failures(curves)
