"""Benchmarks on a warehouse of any size: pages, questions, landing, bytes."""
