"""Carries operations out: claims lanes, sends what is due, looks for lost effects, asks about jobs, writes answers.

One thread owns the database and every decision; calls go out from a pool of threads (calls.py). Before a call goes out
its item says so (`sent`), in a committed transaction; what came of it is written together with its effect on the cache.
So whoever takes over after a crash at any line knows from the rows what may have happened.
"""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from images.enums import ItemState
from images.ims import NO_RETRY, IMSClient, Throttled
from images.models import ItemBatch, Operation, OperationItem, Project
from images.models import Job as JobRow
from images.services.clouds import client_for
from images.services.credentials import SecretUnreadable
from images.services.doorbell import ring
from images.services.operations import batches, calls, conflicts, lanes, reporting, together
from images.services.operations.acts import ACTS
from images.services.operations.calls import Landed
from images.services.operations.due import due_items, has_open_work, next_due, projects_due, whole
from images.services.operations.flights import Flight
from images.services.operations.judging import SETTLE
from images.services.operations.moving import move
from images.services.operations.submitting import TASK
from images.services.operations.turns import Turns
from images.services.operations.works import claimed_by_others, work_of

logger = logging.getLogger(__name__)

#: Seconds that the loop waits at most before it looks for new work, and between two searches for lanes.
TICK = 0.25
#: Projects that one carrier works for at once; each has its own threads.
LANES = 8
#: Items made ready ahead, for each thread: one transaction writes many of them, and threads have work meanwhile.
#: So many of a quick service, at least two; and no more than it answers in so many seconds, for what is ready counts as
#: begun and can no longer be cancelled.
AHEAD, AHEAD_SECONDS = 32, 0.4
#: Files that travel to one project at once: they share its line.
FILES = 2
#: Seconds between two notes of how far a file has come.
NOTE_EVERY = 1.0
#: Seconds to wait for more answers when many calls are under way. A transaction costs as much as thirty items in it.
GATHER = 0.1
_LOST = {"lost": True}


def carry(seconds: float) -> bool:
    """Works until nothing is left to do or the time is up; true when there is more to do later."""
    return Carrier().run(seconds)


class Carrier:
    """One run of carrying out."""

    def __init__(self) -> None:
        self._owner = lanes.new_owner()
        self._lanes: dict[int, Project] = {}
        self._flights: dict[Future[Landed], Flight] = {}
        self._pools: dict[int, ThreadPoolExecutor] = {}
        #: Projects of which images are still frozen.
        self._batched: set[int] = set()
        self._renewed = time.monotonic()
        self._budget: dict[int, float] = {}
        self._last = time.monotonic()
        self._noted = time.monotonic()
        self._late = False
        #: How long a call of a project takes, of late.
        self._seconds: dict[int, float] = {}
        self._turns = Turns()
        self._searched = 0.0

    def run(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            while True:
                self._renew()
                self._note_travels()
                self._late = time.monotonic() >= until
                if not self._late or self._travelling():  # nobody waits for a file but its own operation
                    self._take_lanes()
                    for project in list(self._lanes.values()):
                        if project.pk in self._batched:
                            batches.expand(project.pk, self._owner)
                        self._start(project)
                elif not self._flights:
                    return has_open_work()
                if not self._flights and not has_open_work():
                    return False
                self._land()
        finally:
            for pool in self._pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
            close_old_connections()  # the database may be why we end; a new connection gives the lanes back at once
            lanes.give_back(list(self._lanes), self._owner)

    # --- lanes --------------------------------------------------------------------------------------------------------
    def _take_lanes(self) -> None:
        if time.monotonic() - self._searched < TICK:
            return
        self._searched = time.monotonic()
        self._batched = set(ItemBatch.objects.order_by().values_list("project_id", flat=True).distinct())
        due = projects_due() | self._batched
        for project_id, project in lanes.projects_by_pk(due - self._lanes.keys()).items():
            if len(self._lanes) < LANES and lanes.claim(project_id, self._owner):
                self._lanes[project_id] = project
                self._budget[project_id] = float(settings.OPERATION_RATE)
                if project_id not in self._pools:
                    self._pools[project_id] = ThreadPoolExecutor(settings.OPERATION_PARALLEL, "carrier")
                _recover(project_id)
        idle = self._lanes.keys() - due - {flight.project_id for flight in self._flights.values()}
        self._leave(idle)

    def _leave(self, project_ids: Iterable[int]) -> None:
        leaving = list(project_ids)
        if leaving:
            lanes.give_back(leaving, self._owner)
            for project_id in leaving:
                del self._lanes[project_id]

    def _renew(self) -> None:
        if self._lanes and time.monotonic() - self._renewed > lanes.RENEW_EVERY:
            ours = lanes.renew(list(self._lanes), self._owner)
            for lost in self._lanes.keys() - ours:
                logger.warning("lane of project %s was taken over", lost)
                del self._lanes[lost]
            self._renewed = time.monotonic()

    # --- files on their way -------------------------------------------------------------------------------------------
    def _travelling(self, project_id: int | None = None) -> list[Flight]:
        """Files that are on their way (to a project)."""
        files = (flight for flight in self._flights.values() if flight.travel is not None)
        return [flight for flight in files if project_id in (None, flight.project_id)]

    def _note_travels(self) -> None:
        """Writes down how far files have come, for those who look on."""
        if time.monotonic() - self._noted < NOTE_EVERY:
            return
        self._noted = time.monotonic()
        for flight in self._travelling():
            if flight.item and flight.travel and flight.travel.percent != flight.percent:
                flight.percent = flight.travel.percent
                with transaction.atomic():
                    rows = OperationItem.objects.filter(pk=flight.item.pk, state=ItemState.SENT)
                    if rows.update(percent=flight.percent):
                        Operation.objects.filter(pk=flight.item.operation_id).update(version=F("version") + 1)

    # --- starting -----------------------------------------------------------------------------------------------------
    def _start(self, project: Project) -> None:
        if lanes.paused_until(project.pk):
            return
        most = self._most(project.pk)
        room = most - self._under_way(project.pk)
        if room < most // 2:
            return  # a few at a time would cost as much as many
        room = min(room, self._allowed(project.pk))
        if room <= 0:
            return
        try:
            # repeating is the engine's: it can wait without a thread, and it knows what may be repeated
            client = client_for(project, retry=NO_RETRY)
        except SecretUnreadable as error:
            self._refuse(project, error)
            return
        # jobs and lost answers in great number must not keep calls from going out
        room -= self._ask(project, client, (room + 1) // 2)
        room -= self._look(project, client, (room + 1) // 2)
        if room > 0:
            self._send(project, client, room)

    def _most(self, project_id: int) -> int:
        """How many may be ready or under way at once."""
        ahead = AHEAD_SECONDS / max(self._seconds.get(project_id, AHEAD_SECONDS), 1e-6)
        return int(settings.OPERATION_PARALLEL * min(max(2.0, ahead), AHEAD))

    def _under_way(self, project_id: int) -> int:
        return sum(flight.project_id == project_id for flight in self._flights.values())

    def _allowed(self, project_id: int) -> int:
        """Calls that the project's rate leaves: a bucket that fills with OPERATION_RATE a second."""
        now = time.monotonic()
        if now > self._last:
            for one in self._budget:
                filled = self._budget[one] + (now - self._last) * settings.OPERATION_RATE
                self._budget[one] = min(float(settings.OPERATION_RATE), filled)
            self._last = now
        return int(self._budget.get(project_id, 0.0))

    def _ask(self, project: Project, client: IMSClient, room: int) -> int:
        asked = {flight.job.pk for flight in self._flights.values() if flight.job}
        jobs = list(
            JobRow.objects.filter(project=project, poll_at__lte=timezone.now())
            .exclude(pk__in=asked)
            .order_by("poll_at")[:room]
        )
        following = whole(OperationItem.objects.filter(job__in=jobs, state=ItemState.FOLLOWING)) if jobs else ()
        for job in jobs:
            waiting = [item for item in following if item.job_id == job.pk]
            works = [work_of(item) for item in waiting]
            self._fly(
                Flight("ask", project.pk, job=job, waiting=waiting, works=works),
                partial(calls.ask_about, client, job.job_id, works),
            )
        return len(jobs)

    def _look(self, project: Project, client: IMSClient, room: int) -> int:
        items = self._turns.to_look_for(project, room, self._away())
        if not items:
            return 0
        with transaction.atomic():
            again = [item for item in items if ACTS[item.operation.kind].repeatable]
            move(again, ItemState.WAITING, result=_LOST)
        looking = [item for item in items if not ACTS[item.operation.kind].repeatable]
        for item in looking:
            work = work_of(item, claimed_by_others(item))
            self._fly(Flight("look", project.pk, item), partial(calls.look_for, client, work))
        return len(looking)

    def _send(self, project: Project, client: IMSClient, room: int) -> None:
        files = 0 if self._late else FILES - len(self._travelling(project.pk))
        items = self._turns.to_send(project, room, self._away(), files=files)
        if not items:
            return
        now = timezone.now()
        with transaction.atomic():
            if not lanes.still_ours(project.pk, self._owner):
                return
            overtaken = conflicts.overtaken(items)
            for item in items:
                if item.pk in overtaken:
                    move([item], ItemState.FAILED, error=overtaken[item.pk], error_code="conflict")
            items = [item for item in items if item.pk not in overtaken]
            sending = move(
                items, ItemState.SENT, sent_at=now, attempts=F("attempts") + 1, looks=0, next_at=now, percent=None
            )
        for item in sending:
            item.attempts, item.sent_at = item.attempts + 1, now
        for call in together.grouped(sending, project):
            works = [work_of(item) for item in call]
            if len(call) > 1:
                flight = Flight("send", project.pk, together=call)
                self._fly(flight, partial(calls.send_together, client, works))
                continue
            (item,), (work,) = call, works
            travel = work.travel if ACTS[item.operation.kind].slow else None
            self._fly(Flight("send", project.pk, item, travel=travel), partial(calls.send_off, client, work))
            self._budget[project.pk] -= ACTS[item.operation.kind].calls(work) - 1

    def _away(self) -> list[OperationItem]:
        """Those for which a call is under way."""
        return [item for flight in self._flights.values() for item in flight.items]

    def _refuse(self, project: Project, error: Exception) -> None:
        """Nobody can sign in to the project: what waits fails, in words; what may have been done is unknown."""
        with transaction.atomic():
            if lanes.still_ours(project.pk, self._owner):
                waiting = list(due_items().filter(project=project, state=ItemState.WAITING))
                lost = [item for item in waiting if item.result.get("lost")]
                move(lost, ItemState.UNKNOWN, error=str(error))
                move([item for item in waiting if item not in lost], ItemState.FAILED, error=str(error))
        lanes.pause(project.pk, 30.0, str(error))

    # --- flying and landing -------------------------------------------------------------------------------------------
    def _fly(self, flight: Flight, call: Callable[[], Landed]) -> None:
        self._budget[flight.project_id] -= 1
        self._flights[self._pools[flight.project_id].submit(calls.timed, call)] = flight

    def _land(self) -> None:
        most = 0.0 if self._batched & self._lanes.keys() else TICK  # there is something to be written meanwhile
        if not self._flights:
            time.sleep(most)
            return
        done, flying = wait(self._flights, timeout=most, return_when=FIRST_COMPLETED)
        if len(flying) >= settings.OPERATION_PARALLEL:
            done, _flying = wait(self._flights, timeout=GATHER)
        by_project: dict[int, list[tuple[Flight, Landed]]] = {}
        for future in done:
            flight, one = self._flights.pop(future), future.result()
            by_project.setdefault(flight.project_id, []).extend(flight.apart(one))
            self._budget[flight.project_id] -= one.fetched.calls
            if flight.travel is None:  # the time of a file says nothing of other calls
                before = self._seconds.get(flight.project_id, one.seconds)
                self._seconds[flight.project_id] = 0.9 * before + 0.1 * one.seconds
        for project_id, landed in by_project.items():
            self._write(project_id, landed)
            if any(isinstance(one.error, Throttled) for _flight, one in landed):
                self._call_back(project_id)

    def _call_back(self, project_id: int) -> None:
        """The service has asked for a pause: what is ready and has not left stays here."""
        kept = {future: flight for future, flight in self._flights.items() if flight.project_id == project_id}
        stayed = [self._flights.pop(future) for future in kept if future.cancel()]
        sent = [item for flight in stayed if flight.purpose == "send" for item in flight.items]
        with transaction.atomic():
            if not lanes.still_ours(project_id, self._owner):
                return  # whoever has the lane now has found them as sent, and may have sent them
            for was_lost in (False, True):  # what may have had an effect keeps its time
                same = [item for item in sent if bool(item.result.get("lost")) is was_lost]
                columns = {} if was_lost else {"sent_at": None}
                move(same, ItemState.WAITING, attempts=F("attempts") - 1, next_at=timezone.now(), **columns)

    def _write(self, project_id: int, landed: list[tuple[Flight, Landed]]) -> None:
        project = self._lanes.get(project_id)
        if project is None:
            return  # the lane was lost: whoever has it finds these items as sent and looks for their effect
        with transaction.atomic():
            if lanes.still_ours(project_id, self._owner):
                reporting.write(project, landed)


def _recover(project_id: int) -> None:
    """What an earlier carrier had sent and not written down: nobody knows; it is looked for after a moment."""
    with transaction.atomic():
        left = OperationItem.objects.filter(
            project_id=project_id, state=ItemState.SENT, finished_at=None
        ).select_related("operation")
        later = timezone.now() + timedelta(seconds=SETTLE)
        again = move(list(left), ItemState.DOUBT, next_at=later)
        if again:
            logger.warning("%d calls of project %s were left unanswered", len(again), project_id)


def carry_rung() -> None:
    """What a worker does when it is rung for; rings again when its time was up before the work was done."""
    close_old_connections()
    if carry(settings.CARRY_SECONDS):
        ring(TASK)


def ring_for_due() -> bool:
    """Rings when something is due and nobody is at it: the ring was lost, or the carrier died."""
    due = next_due()
    if due is None or due > timezone.now():
        return False
    ring(TASK)
    return True
