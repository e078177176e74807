"""What the sandbox answers, one module per chapter or noun of the reference.

An operation is a function of a :class:`Call`; routes.py says which address leads to which.
"""
