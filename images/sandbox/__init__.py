"""Our own IMS over HTTP, for demos, development and tests: a second, independent reading of the API reference.

It shares nothing with the client or the console, so that a misreading on one side shows as a disagreement. Start it
with ``manage.py sandbox``, with ``python -m images.sandbox``, or inside a test with :class:`Sandbox`.
"""

from images.sandbox.cli import serve
from images.sandbox.server import AddressTakenError
from images.sandbox.service import Sandbox
from images.sandbox.store import StateRefusedError

__all__ = ["AddressTakenError", "Sandbox", "StateRefusedError", "serve"]
