"""Benchmarks. Each figure is a median, and its ratio to a lower limit or a peer in the same run."""
