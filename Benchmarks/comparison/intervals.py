"""Medians and their confidence intervals, from order statistics: nothing is assumed about the distribution."""
from dataclasses import dataclass
from math import comb
from statistics import median


@dataclass(frozen=True)
class MedianInterval:
    """The median of a sample, with the interval that covers the true median with probability `coverage`.

    `low` and `high` are members of the sample. With fewer than six values no interval reaches
    95 %; then it runs from the smallest to the largest and `coverage` says what that is worth.
    """

    median: float
    low: float
    high: float
    coverage: float
    count: int


def median_interval(values, wanted=0.95):
    """The narrowest symmetric order-statistics interval of the median that covers it with `wanted` or more.

    >>> [(i.low, i.high, round(i.coverage, 3)) for i in map(median_interval, [range(15), range(6), range(5)])]
    [(3, 11, 0.965), (0, 5, 0.969), (0, 4, 0.938)]
    """
    ordered = sorted(values)
    count = len(ordered)
    if count == 0:
        raise ValueError("no values")
    rank, coverage = 0, _coverage(count, 0)
    while rank + 1 <= (count - 1) // 2 and _coverage(count, rank + 1) >= wanted:
        rank += 1
        coverage = _coverage(count, rank)
    return MedianInterval(median(ordered), ordered[rank], ordered[count - 1 - rank], coverage, count)


def _coverage(count, rank):
    """Probability that the true median lies between the values of rank `rank` from below and from above (from 0).

    It does not if at most `rank` of `count` values fall on one side of it, each side with chance 1/2.
    """
    outside = sum(comb(count, k) for k in range(rank + 1))
    return max(0.0, 1 - 2 * outside / 2**count)
