"""The parts of `Benchmarks/run`: servers, peers, measurement, statistics, report."""
