"""Asynchronous jobs (5.6.1): they begin, move with the clock, and end well or badly.

A job is a row with a beginning, a duration and a list of events. Nothing runs in the background: before each request
the events that are due by now are applied, in the order of their times, each in one transaction with the new state of
its job. So a job goes on while nobody looks, survives a kill, and is never half done.
"""

import heapq
import uuid
from collections.abc import Callable
from typing import Any

from images.sandbox import times
from images.sandbox.errors import RefusedError, not_found
from images.sandbox.world import World

Facts = dict[str, Any]
# Applies an event of a job at a moment; returns what becomes known of its result.
Effect = Callable[[World, Facts, float], Facts]

INIT_FRACTION = 0.05
SAVING_FRACTION = 0.2


class Jobs:
    """All jobs of a sandbox. Callers hold the lock of the world."""

    def __init__(self, world: World, effects: dict[str, Effect]) -> None:
        self._world = world
        self._effects = effects
        self._jobs: dict[str, Facts] = {facts["job_id"]: facts for facts in world.store.jobs()}
        self._due: list[tuple[float, str]] = []
        # What the next jobs of a type ("*" for any) shall suffer: set by the administration of faults.
        self.verdict: Callable[[str], Facts] = lambda _job_type: {}
        for facts in self._jobs.values():
            self._schedule(facts)

    def start(self, project_id: str, job_type: str, seconds: float, **details: Any) -> str:
        """Begin a job; its id.

        ``events`` are ``[fraction, effect, arguments]``, applied when so much of its time has passed; the last one
        stands at 1.0. ``entities`` is what the answer shows from the beginning, ``sub_jobs`` the ids of its parts.
        """
        facts: Facts = {
            "job_id": uuid.uuid4().hex,
            "project_id": project_id,
            "job_type": job_type,
            "begin": self._world.now(),
            "end": None,
            "seconds": seconds,
            "status": "",
            "events": [],
            "entities": {},
            "error_code": None,
            "fail_reason": None,
            "sub_jobs": [],
        }
        facts |= details
        facts |= self.verdict(job_type)
        self._world.store.put_job(facts)
        self._jobs[facts["job_id"]] = facts
        self._schedule(facts)
        return str(facts["job_id"])

    def settle(self) -> None:
        """Apply every event that is due by now."""
        now = self._world.now()
        while self._due and self._due[0][0] <= now:
            moment, job_id = heapq.heappop(self._due)
            facts = self._jobs[job_id]
            if not facts["status"]:
                self._advance(facts, moment)
                self._schedule(facts)

    def reschedule(self) -> None:
        """Work out anew when jobs are due, after time got another speed."""
        self._due.clear()
        for facts in self._jobs.values():
            self._schedule(facts)

    def open_for(self, image_id: str, job_type: str) -> bool:
        """Whether a job of a type is under way for an image."""
        return any(
            not facts["status"] and facts["job_type"] == job_type and facts.get("image_id") == image_id
            for facts in self._jobs.values()
        )

    def working_on(self, image_id: str) -> bool:
        """Whether a job is under way that makes this image or fills it."""
        return any(not facts["status"] and facts.get("image_id") == image_id for facts in self._jobs.values())

    def count_open(self, project_id: str, *job_types: str) -> int:
        """Jobs of some types, or of any, that are under way in a project."""
        return sum(
            not facts["status"]
            and facts["project_id"] == project_id
            and (not job_types or facts["job_type"] in job_types)
            for facts in self._jobs.values()
        )

    def all(self) -> list[Facts]:
        """All jobs, as they are kept."""
        return list(self._jobs.values())

    def document(self, job_id: str, project_id: str) -> Facts:
        """A job as 5.6.1 answers it.

        :raises RefusedError: 404, the project has no such job.
        """
        facts = self._jobs.get(job_id)
        if facts is None or facts["project_id"] != project_id:
            raise not_found("The job does not exist.")
        entities = facts["entities"] | {"process_percent": self._progress(facts)}
        if facts["sub_jobs"]:
            parts = [self._jobs[part] for part in facts["sub_jobs"]]
            entities["sub_jobs_list"] = facts["sub_jobs"]
            entities["sub_jobs_result"] = [self._head(part) | {"entities": _of_part(part)} for part in parts]
        return self._head(facts) | {"entities": entities}

    def _head(self, facts: Facts) -> Facts:
        return {
            "status": self._status(facts),
            "job_id": facts["job_id"],
            "job_type": facts["job_type"],
            "begin_time": times.text(facts["begin"]),
            "end_time": times.text(facts["end"]) if facts["end"] else "",
            "error_code": facts["error_code"],
            "fail_reason": facts["fail_reason"],
        }

    def _status(self, facts: Facts) -> str:
        if facts["status"]:
            return str(facts["status"])
        return "INIT" if self._fraction(facts) < INIT_FRACTION else "RUNNING"

    def _fraction(self, facts: Facts) -> float:
        passed = (self._world.now() - facts["begin"]) * self._world.speed
        return passed / facts["seconds"] if facts["seconds"] else 1.0

    def _progress(self, facts: Facts) -> float:
        """0 to 1; only success is complete. A job that hangs stops in the middle."""
        if facts["status"] == "SUCCESS":
            return 1.0
        if facts["status"]:
            return float(facts.get("stopped_at", 0.5))
        most = 0.5 if facts.get("hang") else 0.99
        return round(min(most, max(0.0, self._fraction(facts))), 2)

    def _schedule(self, facts: Facts) -> None:
        if facts["status"] or (facts.get("hang") and not _before_the_end(facts)):
            return
        fraction = facts["events"][0][0] if facts["events"] else 1.0
        moment = facts["begin"] + fraction * facts["seconds"] / self._world.speed
        heapq.heappush(self._due, (moment, facts["job_id"]))

    def _advance(self, facts: Facts, moment: float) -> None:
        """Apply the next event of a job; the last one ends it."""
        fraction, name, arguments = facts["events"].pop(0) if facts["events"] else (1.0, "", {})
        last = not facts["events"]
        try:
            with self._world.store.transaction():
                if last:
                    _pass_verdict(facts)
                if name:
                    facts["entities"] |= self._effects[name](self._world, arguments, moment)
                if last:
                    self._finish(facts, moment)
                self._world.store.put_job(facts)
        except RefusedError as refused:
            with self._world.store.transaction():
                facts |= {"error_code": refused.code, "fail_reason": refused.message, "stopped_at": fraction / 2}
                facts |= {"status": "FAIL", "end": moment, "events": []}
                if "failed" in facts:
                    self._effects[facts["failed"]](self._world, arguments, moment)
                self._world.store.put_job(facts)

    def _finish(self, facts: Facts, moment: float) -> None:
        refused = facts["entities"].pop("refused", None)
        if refused:
            # Some pairs of a sharing job failed: the others have taken effect all the same.
            facts |= {"status": "FAIL", "end": moment, "error_code": refused["code"], "fail_reason": refused["message"]}
            return
        broken = [part for part in map(self._jobs.__getitem__, facts["sub_jobs"]) if part["status"] == "FAIL"]
        facts["end"] = moment
        facts["status"] = "FAIL" if broken else "SUCCESS"
        if broken:
            facts |= {"error_code": broken[0]["error_code"], "fail_reason": broken[0]["fail_reason"]}


def _of_part(facts: Facts) -> Facts:
    """What a sub-job tells of itself (Table 5-37): the image that it makes, its id once that is made."""
    return {name: facts["entities"][name] for name in ("image_id", "image_name") if name in facts["entities"]}


def _pass_verdict(facts: Facts) -> None:
    """Let a job fail in the end that was sentenced to it."""
    if facts.get("fail"):
        raise RefusedError(facts["fail"]["code"], detail=facts["fail"].get("reason", ""))


def _before_the_end(facts: Facts) -> bool:
    return bool(facts["events"]) and facts["events"][0][0] < 1.0
