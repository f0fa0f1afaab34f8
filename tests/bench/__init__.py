"""Benchmarks: each prints its figure and the figure of a peer measured in the same run."""
