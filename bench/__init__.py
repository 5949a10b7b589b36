"""Benchmarks: each figure is a median, and a ratio against a limit or a peer in the same run."""
