"""Chaos: hundreds of operations while everything breaks. `python -m tests.chaos --help`, or `make chaos SEEDS=10`."""
