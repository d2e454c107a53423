"""Rounds in which the points of a curve take turns, and tables of what they gave."""
from dataclasses import dataclass, field
from statistics import median

from comparison.processes import BenchmarkError


@dataclass
class Curve:
    """One generator's values over the points of a curve, a list by round for each; None where a round failed or sat out."""

    name: str
    points: list
    measure: object
    """Called with a point; answers a value, or raises `BenchmarkError`."""
    rounds: int
    values: dict = field(default_factory=dict)
    failures: list = field(default_factory=list)

    def at(self, point, figure):
        """That figure of each value at the point."""
        return [figure(value) for value in self.values[point] if value is not None]

    def ratios(self, point, figure):
        """To the first point, in the same round."""
        pairs = zip(self.values[point], self.values[self.points[0]])
        return [figure(value) / figure(first) for value, first in pairs if value is not None and first is not None and figure(first)]


def take(curves, figure, unit, log):
    """All rounds of all curves. A point that fails is left out of the rounds that follow, and begins each round in another place."""
    for curve in curves:
        curve.values = {point: [] for point in curve.points}
    total = max(curve.rounds for curve in curves)
    for number in range(total):
        turns = [(curve, point) for curve in curves for point in curve.points]
        first = number * len(turns) // total
        for curve, point in turns[first:] + turns[:first]:
            value = None
            if number < curve.rounds and not any(failed == point for failed, _ in curve.failures):
                try:
                    value = curve.measure(point)
                    log(f"{curve.name}, {point:,}, round {number + 1}/{curve.rounds}: {figure(value):.1f} {unit}")
                except BenchmarkError as error:
                    curve.failures.append((point, error))
                    log(f"{curve.name}, {point:,}, round {number + 1}/{curve.rounds}: {error}")
            curve.values[point].append(value)


def number(value):
    """Three digits, whole from 100 on; without a unit."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def middle(values, write=number):
    """The median, – where there is none."""
    return write(median(values)) if values else "–"


def extent(values, write=number):
    """From the smallest to the largest."""
    return f"{write(min(values))}–{write(max(values))}" if len(values) > 1 else ""


def table(head, rows, texts=1):
    """Markdown; the first `texts` columns are words, the others numbers."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" if column < texts else "--:" for column in range(len(head))) + "|"]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows), ""]


def failures(curves):
    """A paragraph for each point that failed."""
    return [line for curve in curves for point, error in curve.failures for line in (f"{curve.name} failed at {point:,}: {error}", "")]


def bar(words, value, limit):
    """A line that says whether a bar is met."""
    held = value is not None and value <= limit
    measured = "not measured" if value is None else f"{value:.2f}"
    return [f"- Bar: {words} at most {limit:g}: {measured} {'✓' if held else '✗'}", ""]
