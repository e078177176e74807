"""Soak: a freshly started `make run`, used by several people for a while. `make soak MINUTES=30`, or
`python -m tests.soak --help`."""
