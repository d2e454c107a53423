"""The parts of `Benchmarks/growth`: one module for each kind of curve, and what they measure and print with."""
