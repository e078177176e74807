"""Faults on demand: what shall go wrong, where, and how often.

A fault names an operation (its section in the reference, such as ``6.1.1``, or ``*`` for all) and a kind. Faults of the
kinds ``job_fail`` and ``job_hang`` name a job type instead. Each is used up after ``times`` uses, if that is given.
"""

import threading
import time
from typing import Any

import msgspec

from images.sandbox.codes import MESSAGES
from images.sandbox.errors import RefusedError, malformed
from images.sandbox.wire import Response

BEFORE = ("status", "throttle", "html", "reset_before", "unauthorised")
AFTER = ("garbage", "truncate", "reset_after", "drip")
JOBS = ("job_fail", "job_hang")
KINDS = ("latency", *BEFORE, *AFTER, *JOBS)

MAX_SECONDS = 600.0


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One thing that goes wrong.

    ``times`` uses are left (``None``: until cleared); the first ``skip`` matching calls pass; ``match`` is a text that
    the address must contain. ``seconds`` is the latency, or the pause between two bytes of an answer (``drip``), its
    headers among them; ``status``, ``body``, ``code`` and ``retry_after`` (seconds) shape the answer.
    """

    kind: str
    operation: str = "*"
    times: int | None = None
    skip: int = 0
    match: str = ""
    seconds: float = 0.0
    status: int = 503
    body: bool = True
    code: str = ""
    reason: str = ""
    retry_after: float | None = None
    id: int = 0


class Faults:
    """The faults that are set. Safe to use from all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._number = 0

    def add(self, given: Any) -> Fault:
        """Set a fault.

        :raises RefusedError: IMG.0001 with what is wrong with the description.
        """
        try:
            fault = msgspec.convert(given, Fault)
        except msgspec.ValidationError as error:
            raise malformed(str(error)) from error
        if fault.kind not in KINDS:
            raise malformed(f"kind must be one of {', '.join(KINDS)}.")
        if not 200 <= fault.status <= 599 or not 0 <= fault.seconds <= MAX_SECONDS:
            raise malformed("status must be 200 to 599, seconds 0 to 600.")
        if fault.code and fault.code not in MESSAGES:
            raise malformed("code must be one of the reference.")
        with self._lock:
            self._number += 1
            fault.id = self._number
            self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """The faults that are set, with the uses they have left."""
        with self._lock:
            return list(self._faults)

    def clear(self, kind: str = "", operation: str = "") -> None:
        """Remove faults: all, or those of a kind or an operation."""
        with self._lock:
            self._faults = [
                fault
                for fault in self._faults
                if (kind and fault.kind != kind) or (operation and fault.operation != operation)
            ]

    def take(self, operation: str, target: str, kinds: tuple[str, ...]) -> list[Fault]:
        """The faults of these kinds that hit a call, counted as used."""
        if not self._faults:
            return []
        found = []
        with self._lock:
            for fault in list(self._faults):
                if fault.kind in kinds and fault.operation in ("*", operation) and fault.match in target:
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    found.append(fault)
                    self._use(fault)
        return found

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._faults.remove(fault)

    def job_verdict(self, job_type: str) -> dict[str, Any]:
        """What a new job of a type shall suffer."""
        for fault in self.take(job_type, "", JOBS):
            if fault.kind == "job_hang":
                return {"hang": True}
            return {"fail": {"code": fault.code or "IMG.0061", "reason": fault.reason}}
        return {}


def before(faults: Faults, operation: str, target: str) -> Response | None:
    """Wait, and maybe answer in place of the operation, which then has no effect."""
    delay = sum(fault.seconds for fault in faults.take(operation, target, ("latency",)))
    if delay:
        time.sleep(min(delay, MAX_SECONDS))
    for fault in faults.take(operation, target, BEFORE):
        return _instead(fault)
    return None


def after(faults: Faults, operation: str, target: str, response: Response) -> Response:
    """Spoil an answer whose operation took effect."""
    for fault in faults.take(operation, target, AFTER):
        if fault.kind == "garbage":
            return Response(
                response.status, b'{"images": [{"id": \xff\x00' + response.body[1:40], headers=response.headers
            )
        if fault.kind == "drip":
            response.drip = fault.seconds
            continue
        response.sabotage = "reset" if fault.kind == "reset_after" else "truncate"
    return response


def _instead(fault: Fault) -> Response:
    if fault.kind == "reset_before":
        return Response(sabotage="reset")
    if fault.kind == "html":
        page = b"<html><head><title>Proxy error</title></head><body><h1>The service is away</h1></body></html>"
        return Response(fault.status, page, content_type="text/html; charset=UTF-8")
    if fault.kind == "unauthorised":
        return _refusal(RefusedError("IMG.0087", 401), fault)
    status = 429 if fault.kind == "throttle" else fault.status
    return _refusal(RefusedError(fault.code or ("IMG.0060" if status == 429 else "IMG.0061"), status), fault)


def _refusal(refused: RefusedError, fault: Fault) -> Response:
    retry_after = fault.retry_after
    if retry_after is None and fault.kind == "throttle":
        retry_after = 1
    headers = [] if retry_after is None else [("Retry-After", f"{retry_after:g}")]
    return Response(refused.status, refused.body() if fault.body else b"", headers=headers)
