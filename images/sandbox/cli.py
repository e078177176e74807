"""The command line of the sandbox: ``python -m images.sandbox``, and ``manage.py sandbox`` with the same arguments."""

import argparse
import contextlib
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from images.sandbox import cast
from images.sandbox.server import AddressTakenError
from images.sandbox.service import Sandbox
from images.sandbox.store import StateRefusedError

DEFAULT_PORT = 9696
_STATE_FOLDER = Path(__file__).resolve().parents[2] / "var" / "sandbox"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments, for our parser and for Django's."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on; 0 takes a free one")
    parser.add_argument("--images", type=int, default=2000, help="images of a new state (default: 2000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of a new state: the same one gives the same images")
    parser.add_argument("--state", type=Path, help="state file (default: one per number and seed in var/sandbox/)")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster the time of jobs passes")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer is held back")
    parser.add_argument("--print-env", action="store_true", help="print what a client needs to connect, and stop")


def run(options: argparse.Namespace) -> int:
    """Print the settings, or serve until a signal comes; the exit status."""
    if options.print_env:
        for name, value in cast.environment(f"http://{options.host}:{options.port}").items():
            print(f"{name}={value}")  # noqa: T201 -- printing is what was asked for
        return 0
    if options.speed <= 0 or options.images < 0 or not 0 <= options.port <= 65535:
        return _fail("--speed must be above 0, --images not below 0, --port between 0 and 65535.")
    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    state = options.state or _STATE_FOLDER / f"images-{options.images}-seed-{options.seed}.sqlite3"
    try:
        sandbox = Sandbox(
            state,
            host=options.host,
            port=options.port,
            images=options.images,
            seed=options.seed,
            speed=options.speed,
        )
    except (AddressTakenError, StateRefusedError) as error:
        return _fail(str(error))
    if options.latency:
        sandbox.faults.add({"kind": "latency", "seconds": options.latency})
    serve(sandbox)
    return 0


def serve(sandbox: Sandbox) -> None:
    """Answer until SIGTERM or SIGINT, then close in order. To be called in the main thread."""
    # Blocked in all threads and waited for here: the kernel gives a signal to any thread, and a handler would then run
    # only when this one wakes up by itself.
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    # The images live as long as the process: the collector need not look at them again and again.
    gc.collect()
    gc.freeze()
    sandbox.start()
    print(f"sandbox: listening on {sandbox.base_url}", flush=True)  # noqa: T201 -- others wait for this line
    signal.sigwait(ending)
    sandbox.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run; the exit status."""
    parser = argparse.ArgumentParser(prog="sandbox", description="An IMS of our own over HTTP, with its IAM.")
    add_arguments(parser)
    with contextlib.suppress(KeyboardInterrupt):
        return run(parser.parse_args(arguments))
    return 130


def _fail(sentence: str) -> int:
    print(f"sandbox: {sentence}", file=sys.stderr)  # noqa: T201 -- a command speaks to its user
    return 1
