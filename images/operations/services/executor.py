"""Carries operations out: claims lanes, sends what is due, looks for lost effects, asks about jobs, writes answers.

One thread owns the database and every decision; calls go out from a pool of threads (calls.py). Before a call goes out
its item says so (`sent`), in a committed transaction; what came of it is written together with its effect on the cache.
So whoever takes over after a crash at any line knows from the rows what may have happened.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F

from images.clouds.models import Project
from images.clouds.services.clients import client_for
from images.core import backoff, clock
from images.core.encryption import SecretUnreadable
from images.core.sweeping import FAULT, attempt
from images.ims import NO_RETRY, IMSClient, Throttled
from images.operations.actions import ACTIONS
from images.operations.enums import ItemState
from images.operations.models.operation import Job as JobRow
from images.operations.models.operation import Operation, OperationItem
from images.operations.services import batches, calls, continuity, project_leases, recovery, results
from images.operations.services.calls import CallInFlight, CallResult
from images.operations.services.pace import Pace
from images.operations.services.scheduling import (
    Scheduling,
    due_items,
    grouped,
    has_open_work,
    overtaken,
    projects_due,
    with_operations,
)
from images.operations.services.states import move
from images.operations.services.work import is_suspect, is_unprepared, may_have_gone, work_of, work_to_reconcile

logger = logging.getLogger(__name__)

#: Seconds that the loop waits at most before it looks for new work, and between two searches for lanes.
TICK = 0.25
#: Projects that one carrier works for at once; each has its own threads.
LANES = 8
#: Files that travel to one project at once: they share its line.
FILES = 2
#: Seconds between two notes of how far a file has come.
NOTE_EVERY = 1.0
#: Seconds to wait for more answers when many calls are under way. A transaction costs as much as thirty items in it.
GATHER = 0.1
_LOST = {"lost": True}


def execute(seconds: float) -> bool:
    """Works until nothing is left to do or the time is up; true when there is more to do later."""
    return Executor().run(seconds)


class Executor:
    """One run of carrying out."""

    def __init__(self) -> None:
        self._owner = project_leases.new_owner()
        self._lanes: dict[int, Project] = {}
        self._flights: dict[Future[CallResult], CallInFlight] = {}
        self._pools: dict[int, ThreadPoolExecutor] = {}
        self._renewed = time.monotonic()
        self._pace = Pace()
        self._noted = time.monotonic()
        self._late = False
        #: Whether there are still items to be made.
        self._behind = False
        self._turns = Scheduling()
        #: As of the last batch for which it matters.
        self._unbroken_since = continuity.ALWAYS
        self._searched = 0.0
        #: How often something went wrong with a project that is no fault of its service.
        self._faults: Counter[int] = Counter()
        #: Until when it is left alone for that.
        self._resting: dict[int, float] = {}

    def run(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            while True:
                self._renew()
                self._note_travels()
                self._late, self._behind = time.monotonic() >= until, False
                if not self._late or self._travelling():  # nobody waits for a file but its own operation
                    self._take_lanes()
                    for project in list(self._lanes.values()):
                        self._for(project.pk, partial(self._set_off, project))
                elif not self._flights:
                    return has_open_work()
                if not self._flights and not has_open_work():
                    return False
                self._land()
        finally:
            for pool in self._pools.values():
                pool.shutdown(wait=True, cancel_futures=True)
            close_old_connections()  # the database may be why we end; a new connection gives the lanes back at once
            project_leases.give_back(list(self._lanes), self._owner)

    def _set_off(self, project: Project) -> None:
        self._behind |= batches.expand(project.pk, self._owner)
        self._start(project)

    def _for(self, project_id: int, work: Callable[[], None]) -> bool:
        """Does something for one project. What goes wrong keeps no other waiting: it is left alone for a while, and
        whoever takes its lane then looks at what is left half done."""
        if attempt("carrier", f"project {project_id}", work).fault is None:
            return True
        if project_id in self._lanes and attempt("carrier", "what is bad", partial(self._sift, project_id)).result:
            return False  # it is out of the way now
        self._faults[project_id] += 1
        pause = backoff.LANES.pause(self._faults[project_id])
        self._resting[project_id] = time.monotonic() + pause
        project_leases.pause(project_id, pause, FAULT)
        self._leave({project_id} & self._lanes.keys())
        return False

    def _sift(self, project_id: int) -> int:
        """Takes items out of the way that nobody can read; returns how many."""
        with transaction.atomic():
            if not project_leases.still_ours(project_id, self._owner):
                return 0
            return recovery.sift(self._lanes[project_id])

    def _rested(self, project_ids: Iterable[int]) -> set[int]:
        return {pk for pk in project_ids if self._resting.get(pk, 0.0) <= time.monotonic()}

    # --- lanes --------------------------------------------------------------------------------------------------------
    def _take_lanes(self) -> None:
        if time.monotonic() - self._searched < TICK:
            return
        self._searched = time.monotonic()
        due = projects_due()
        for project_id, project in project_leases.projects_by_pk(self._rested(due - self._lanes.keys())).items():
            if len(self._lanes) < LANES and project_leases.claim(project_id, self._owner):
                self._lanes[project_id] = project
                self._pace.begin(project_id)
                if project_id not in self._pools:
                    self._pools[project_id] = ThreadPoolExecutor(settings.OPERATION_PARALLEL, "carrier")
                self._for(project_id, partial(recovery.recover, project_id))
        idle = self._lanes.keys() - due - {flight.project_id for flight in self._flights.values()}
        self._leave(idle)

    def _leave(self, project_ids: Iterable[int]) -> None:
        leaving = list(project_ids)
        if leaving:
            project_leases.give_back(leaving, self._owner)
            for project_id in leaving:
                del self._lanes[project_id]

    def _renew(self) -> None:
        if self._lanes and time.monotonic() - self._renewed > project_leases.RENEW_EVERY:
            ours = project_leases.renew(list(self._lanes), self._owner)
            for lost in self._lanes.keys() - ours:
                logger.warning("lane of project %s was taken over", lost)
                del self._lanes[lost]
            self._renewed = time.monotonic()

    # --- files on their way -------------------------------------------------------------------------------------------
    def _travelling(self, project_id: int | None = None) -> list[CallInFlight]:
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
        if project_leases.paused_until(project.pk):
            return
        most = self._pace.most(project.pk)
        room = most - self._under_way(project.pk)
        if room < most // 2:
            return  # a few at a time would cost as much as many
        room = min(room, self._pace.left(project.pk))
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

    def _under_way(self, project_id: int) -> int:
        return sum(flight.project_id == project_id for flight in self._flights.values())

    def _ask(self, project: Project, client: IMSClient, room: int) -> int:
        under_way = {flight.job.pk for flight in self._flights.values() if flight.job}
        jobs = list(
            JobRow.objects.filter(project=project, poll_at__lte=clock.now())
            .exclude(pk__in=under_way)
            .order_by("poll_at")[:room]
        )
        following = (
            with_operations(OperationItem.objects.filter(job__in=jobs, state=ItemState.FOLLOWING)) if jobs else ()
        )
        for job in jobs:
            flight = CallInFlight(
                "ask", project.pk, job=job, waiting=[item for item in following if item.job_id == job.pk]
            )
            self._off(flight, partial(self._ask_one, flight, client))
        return len(jobs)

    def _ask_one(self, flight: CallInFlight, client: IMSClient) -> None:
        flight.works = [work_of(item) for item in flight.waiting]
        if flight.job is not None:
            self._fly(flight, partial(calls.ask_about, client, flight.job.job_id, flight.works))

    def _off(self, flight: CallInFlight, start: Callable[[], None]) -> None:
        """Sends one call on its way; what the console cannot even send keeps no other call waiting."""
        if attempt("calls", f"{flight.purpose} for project {flight.project_id}", start).fault is not None:
            with transaction.atomic():
                if project_leases.still_ours(flight.project_id, self._owner):
                    recovery.set_aside(flight)

    def _look(self, project: Project, client: IMSClient, room: int) -> int:
        items = self._turns.to_look_for(project, room, self._away())
        if not items:
            return 0
        with transaction.atomic():
            repeatable = [item for item in items if ACTIONS[item.operation.kind].repeatable]
            move(repeatable, ItemState.WAITING, result=_LOST)
        others = [item for item in items if not ACTIONS[item.operation.kind].repeatable]
        for item in others:
            flight = CallInFlight("look", project.pk, item)
            self._off(flight, partial(self._look_one, flight, item, client))
        return len(others)

    def _look_one(self, flight: CallInFlight, item: OperationItem, client: IMSClient) -> None:
        self._fly(flight, partial(calls.reconcile, client, work_to_reconcile(item)))

    def _send(self, project: Project, client: IMSClient, room: int) -> None:
        files = 0 if self._late else FILES - len(self._travelling(project.pk))
        items = self._turns.to_send(project, room, self._away(), files=files)
        items = self._prepare(project, client, items)
        if not items:
            return
        now = clock.now()
        groups = grouped(items, project)  # what nobody can read shows before anything counts as sent
        with transaction.atomic():
            if not project_leases.still_ours(project.pk, self._owner):
                return
            reasons = overtaken(items)
            for item in items:
                if item.pk in reasons:
                    move([item], ItemState.FAILED, error=reasons[item.pk], error_code="conflict")
            items = [item for item in items if item.pk not in reasons]
            sending = move(
                items, ItemState.SENT, sent_at=now, attempts=F("attempts") + 1, looks=0, next_at=now, percent=None
            )
        for item in sending:
            item.attempts, item.sent_at = item.attempts + 1, now
        gone = {item.pk for item in sending}
        for group in groups:
            call = [item for item in group if item.pk in gone]
            if not call:
                continue
            flight = (
                CallInFlight("send", project.pk, call[0])
                if len(call) == 1
                else CallInFlight("send", project.pk, together=call)
            )
            self._off(flight, partial(self._send_one, flight, client))

    def _send_one(self, flight: CallInFlight, client: IMSClient) -> None:
        since = self._unbroken_since
        works = [work_of(item, is_suspect=may_have_gone(item, since)) for item in flight.items]
        if flight.item is None:
            self._fly(flight, partial(calls.send_together, client, works))
            return
        act = ACTIONS[flight.item.operation.kind]
        flight.travel = works[0].travel if act.slow else None
        more = act.calls(works[0]) - 1
        self._fly(flight, partial(calls.send_off, client, works[0]))
        self._pace.spend(flight.project_id, more)

    def _prepare(self, project: Project, client: IMSClient, items: list[OperationItem]) -> list[OperationItem]:
        """Those that may go out now. Of the others is found out first what is there; they come again then."""
        acts = {ACTIONS[item.operation.kind] for item in items}
        if all(act.repeatable and not act.looks_back for act in acts):
            return items
        since = self._unbroken_since = continuity.unbroken_since()
        waiting = [item for item in items if is_unprepared(item, since)]
        for item in waiting:
            flight = CallInFlight("prepare", project.pk, item)
            self._off(flight, partial(self._prepare_one, flight, item, client))
        return [item for item in items if item not in waiting]

    def _prepare_one(self, flight: CallInFlight, item: OperationItem, client: IMSClient) -> None:
        look = is_suspect(item, self._unbroken_since)
        work = work_to_reconcile(item) if look else work_of(item)
        self._fly(flight, partial(calls.prepare, client, work, look=look))

    def _away(self) -> list[OperationItem]:
        """Those for which a call is under way."""
        return [item for flight in self._flights.values() for item in flight.items]

    def _refuse(self, project: Project, error: Exception) -> None:
        """Nobody can sign in to the project: what waits fails, in words; what may have been done is unknown."""
        with transaction.atomic():
            if project_leases.still_ours(project.pk, self._owner):
                waiting = list(due_items().filter(project=project, state=ItemState.WAITING))
                lost = [item for item in waiting if item.result.get("lost")]
                move(lost, ItemState.UNKNOWN, error=str(error))
                move([item for item in waiting if item not in lost], ItemState.FAILED, error=str(error))
        project_leases.pause(project.pk, 30.0, str(error))

    # --- flying and landing -------------------------------------------------------------------------------------------
    def _fly(self, flight: CallInFlight, call: Callable[[], CallResult]) -> None:
        self._pace.spend(flight.project_id, 1)
        self._flights[self._pools[flight.project_id].submit(calls.timed, call)] = flight

    def _land(self) -> None:
        most = 0.0 if self._behind else TICK
        if not self._flights:
            time.sleep(most)
            return
        done, flying = wait(self._flights, timeout=most, return_when=FIRST_COMPLETED)
        if len(flying) >= settings.OPERATION_PARALLEL:
            done, _flying = wait(self._flights, timeout=GATHER)
        by_project: dict[int, list[tuple[CallInFlight, CallResult]]] = {}
        for future in done:
            flight, result = self._flights.pop(future), future.result()
            by_project.setdefault(flight.project_id, []).extend(flight.apart(result))
            self._pace.spend(flight.project_id, result.fetches)
            if flight.travel is None:  # the time of a file says nothing of other calls
                self._pace.took(flight.project_id, result.seconds)
        for project_id, landed in by_project.items():
            self._for(project_id, partial(self._write, project_id, landed))
            if project_id in self._lanes and any(isinstance(result.error, Throttled) for _flight, result in landed):
                self._for(project_id, partial(self._call_back, project_id))

    def _call_back(self, project_id: int) -> None:
        """The service has asked for a pause: what is ready and has not left stays here."""
        futures = [future for future, flight in self._flights.items() if flight.project_id == project_id]
        flights = [self._flights.pop(future) for future in futures if future.cancel()]
        items = [item for flight in flights if flight.purpose == "send" for item in flight.items]
        with transaction.atomic():
            if not project_leases.still_ours(project_id, self._owner):
                return  # whoever has the lane now has found them as sent, and may have sent them
            for was_lost in (False, True):  # what may have had an effect keeps its time
                same = [item for item in items if bool(item.result.get("lost")) is was_lost]
                columns = {} if was_lost else {"sent_at": None}
                move(same, ItemState.WAITING, attempts=F("attempts") - 1, next_at=clock.now(), **columns)

    def _write(self, project_id: int, landed: list[tuple[CallInFlight, CallResult]]) -> None:
        project = self._lanes.get(project_id)
        if project is None:
            return  # the lane was lost: whoever has it finds these items as sent and looks for their effect
        if self._wrote(project, landed):
            return
        for flight, result in landed:  # one of them cannot be written down; the others are
            # what was fetched may be why: a synchronisation brings it
            without = replace(result.for_item, missed=True)
            if not self._wrote(project, [(flight, result)]) and not self._wrote(project, [(flight, without)]):
                with transaction.atomic():
                    if project_leases.still_ours(project_id, self._owner):
                        recovery.set_aside(flight)

    def _wrote(self, project: Project, landed: list[tuple[CallInFlight, CallResult]]) -> bool:
        def write() -> None:
            with transaction.atomic():
                if project_leases.still_ours(project.pk, self._owner):
                    results.write(project, landed)

        return attempt("answers", f"{len(landed)} of project {project.pk}", write).fault is None
