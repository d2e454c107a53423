"""A master's CPU over simulated workers; `Benchmarks/cluster` and `Benchmarks/locust-reports` are what measures."""
import json
import subprocess
from pathlib import Path

from comparison.processes import Background, BenchmarkError

from . import rounds

HERE = Path(__file__).resolve().parent.parent
NAMES = 100
VALUES = 30
LOCUST_KEYS = 20


def _ask(command, seconds):
    """The JSON line that a measuring script prints. The script ends what it started when it is terminated."""
    with Background(command, None, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as script:
        try:
            output, errors = script.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{Path(command[1]).name}: not finished after {seconds:.0f} s") from None
        if script.process.returncode:
            raise BenchmarkError(f"{Path(command[1]).name}: ended with {script.process.returncode}: {errors.strip()[-400:]}")
        return json.loads(output.splitlines()[-1])


def masters(options, log):
    """Cicada's master over Cicada's workers and over Locust's, and Locust's own."""
    common = ["--program", options.cicada, "--names", str(NAMES), "--json"]
    limit = 120 + 2 * options.master_seconds

    def own(count):
        return _ask([options.python, str(HERE / "cluster"), "master", *common, "--workers", str(count), "--values", str(VALUES), "--master-seconds",
                     str(options.master_seconds), "--state", "without"], limit)

    def over_locust(master):
        def measure(count):
            return _ask([options.python, str(HERE / "locust-reports"), "--master", master, *common, "--locust", options.locust or "locust", "--workers",
                         str(count), "--keys", str(LOCUST_KEYS), "--seconds", str(options.master_seconds // 2)], limit)
        return measure

    curves = [rounds.Curve("cicada", options.workers, own, options.master_rounds),
              rounds.Curve("cicada, Locust's workers", options.workers[-2:], over_locust("cicada"), 1)]
    if options.locust:
        curves.append(rounds.Curve("locust", options.workers[-2:], over_locust("locust"), 1))

    def share(figures):
        return figures["percent_of_a_core"]

    rounds.take(curves, share, "% of a core", log)
    rows = []
    for curve in curves:
        for point in curve.points:
            shares = curve.at(point, share)
            rows.append((
                curve.name, f"{point:,}", rounds.middle(curve.at(point, lambda figures: figures["reports_per_second"])), rounds.middle(shares),
                rounds.extent(shares), rounds.middle(curve.at(point, lambda figures: 1e4 * share(figures) / figures["reports_per_second"])), len(shares)))
    lines = [f"### CPU of a master over workers, {NAMES} names each", ""]
    head = ["master", "simulated workers", "reports/s", "% of a core", "range", "µs per report", "rounds"]
    return lines + rounds.table(head, rows) + rounds.failures(curves)
