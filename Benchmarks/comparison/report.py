"""The printed table: Markdown, with everything needed to repeat it."""
import os
import platform

from .peers import BAR


def machine():
    """One line: processor, cores, kernel."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    model = line.split(":", 1)[1].strip()
                    break
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()}"


def markdown(command, peers, versions, nginx_version, points, memory, options, started, minutes):
    """The whole report. `points` is a list of (server name, users, list of Series)."""
    lines = [
        "# CPU per request, side by side",
        "",
        f"- Command: `{command}`",
        f"- Machine: {machine()}",
        f"- Date: {started:%Y-%m-%d}, {minutes:.0f} minutes; load average at the start {options.load_at_start:.2f}",
        f"- Pinned: server to core {core(options.server_core)}, generator to core {core(options.generator_core)}",
        f"- Versions: {'; '.join(filter(None, [nginx_version, *(versions[peer.name] for peer in peers)]))}",
        "",
    ]
    for server_name, users, series in points:
        lines += _point(server_name, users, series, options)
    if memory:
        lines += _memory(memory)
    lines += _notes(peers, points, options)
    return "\n".join(lines) + "\n"


def _point(server_name, users, series, options):
    bar = next((entry for entry in series if entry.peer.name == BAR), None)
    lines = [
        f"## {users:,} in flight, against {server_name}",
        "",
        "| generator | CPU per request, µs | 95 % interval | ratio to curl-loop | 95 % interval"
        " | requests/s | errors | uncounted | rounds |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for entry in series:
        interval = entry.interval()
        if interval is None:
            lines.append(f"| {entry.peer.name} | – | | – | | | | | 0 |")
            continue
        ratio = entry.ratio_to(bar) if bar else None
        rate = sorted(entry.requests_per_second)[len(entry.requests_per_second) // 2]
        lines.append("| " + " | ".join([
            entry.peer.name,
            f"{interval.median:.1f}",
            _range(interval, 1),
            f"{ratio.median:.2f}" if ratio else "–",
            "" if not ratio or entry is bar else _range(ratio, 2),
            f"{rate:,.0f}",
            f"{entry.errors:,}",
            f"{entry.unexplained() * 100:.2f} %",
            str(interval.count),
        ]) + " |")
    lines.append("")
    for entry in series:
        for failure in entry.failures:
            lines += [f"{entry.peer.name} failed in {failure}", ""]
    return lines


def _range(interval, digits):
    text = f"{interval.low:.{digits}f}–{interval.high:.{digits}f}"
    return text if interval.coverage >= 0.95 else text + " ¹"


def _memory(memory):
    lines = [
        "## Memory per connected, waiting user",
        "",
        "| generator | users | kB per user | whole process, MB |",
        "|---|--:|--:|--:|",
    ]
    for entry in memory:
        if entry.bytes_per_user is None:
            lines.append(f"| {entry.peer.name} | {entry.users:,} | – | – |")
        else:
            lines.append(f"| {entry.peer.name} | {entry.users:,} | {entry.bytes_per_user / 1000:.1f} | {entry.total_bytes / 1e6:,.0f} |")
    lines.append("")
    for entry in memory:
        if entry.failure:
            lines += [f"{entry.peer.name} failed: {entry.failure}", ""]
    return lines


def _notes(peers, points, options):
    few_rounds = any(0 < len(entry.costs()) < 6 for _, _, series in points for entry in series)
    slow = [peer.name for peer in peers if peer.is_slow]
    fewer = f" ({' and '.join(slow)} take part in {options.rounds_slow} of {options.rounds} rounds, to save time)" \
        if slow and options.rounds_slow < options.rounds else ""
    lines = [
        "## How to read it",
        "",
        "- CPU is user and system time of all threads and processes of the generator. The loopback network runs in the"
        " sender's time, so a generator pays for the way to the server, and the server for the way back.",
        "- A round is a short and a long run of each peer; the cost is the difference in CPU over the difference in requests,"
        " so process start, script and connections fall out, for all alike. The short run takes 1 s"
        f"{_warm_exceptions(peers)}, the long one {options.seconds} s more.",
        "- Requests are those the generator counted. *Uncounted* is the share of the server's count that the generator does"
        " not report: requests cut off at the end of a run, at most one per user and run.",
        "- The ratio is the median of the ratios within rounds. Intervals are order statistics of the rounds.",
        *([f"- ¹ Fewer than 6 rounds{fewer}: the interval is the smallest to the largest, which"
           " covers the median with less than 95 % (5 rounds: 94 %, 3 rounds: 75 %)."] if few_rounds else []),
        *([f"- slow-server answers {options.held_rate:,} requests per second, the oldest first, once a millisecond: so"
           " every user has a request in flight all the time, and all generators do the same work. nginx without further"
           " modules cannot hold requests."] if any(name == "slow-server" for name, _, _ in points) else []),
        *(["- Tables against different servers cannot be compared with each other: a generator that waits for nobody handles many"
           " events at a time, one that is kept waiting handles few. With `--held-from 1` all points use slow-server."]
          if len({name for name, _, _ in points}) > 1 else []),
        "- requests/s is no result where the server sets it (slow-server), or where server and generator share one budget.",
        *[f"- {peer.name}: {peer.what}." for peer in peers],
    ]
    return lines


def _warm_exceptions(peers):
    exceptions = [f"{peer.name} {peer.warm_seconds} s" for peer in peers if peer.warm_seconds != 1]
    return f" ({', '.join(exceptions)})" if exceptions else ""


def core(number):
    """As it is printed."""
    return "any" if number is None else number
