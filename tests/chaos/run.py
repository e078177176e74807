"""One run: prepare, ask for everything while things break, wait until all is final, count."""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from images.cache.models.image import Image
from images.cache.services.sync import sync_holder
from images.clouds.models import Project
from images.core import process_identity
from images.operations.enums import FINAL_OPERATIONS, ActionKind, ItemState
from images.operations.models.operation import Job, Lane, Operation, OperationItem
from images.operations.services import Target, write
from images.sharing.models import MemberList
from tests.chaos.snapshots import Snapshot
from tests.chaos.trouble import Clock, Faults, Processes, can_be_apart, free_port
from tests.chaos.wishes import Asked, Wish, Wishes, World
from tests.clouds.projects import in_cache, in_index, in_sandbox, project_of
from tests.sandbox_process import SandboxProcess

#: Seconds in which as many operations are asked for as in a busy minute.
_ASKING = 40.0
#: How fast jobs of the sandbox pass: some seconds each, so that they are under way when things die.
_SPEED = 40.0


#: How much has been asked for when the database is copied, to be put back after so many more items have ended.
_SNAPSHOTS = (0.3, 0.7)
_MEANWHILE = 12


class Run:
    """A seed's world and what happens in it."""

    def __init__(self, seed: int, folder: Path, environment: dict[str, str], options: argparse.Namespace) -> None:
        self.seed = seed
        self.folder = folder
        self.environment = environment
        self.options = options
        self.rng = random.Random(seed)
        self.in_the_air = 0
        self.cuts = 0
        self.restores = 0

    def go(self) -> int:
        self._prepare()
        with SandboxProcess(self.folder, images=60, seed=self.seed, speed=_SPEED) as sandbox:
            uploads = self.folder / "var" / "uploads"
            uploads.mkdir(parents=True, exist_ok=True)
            wishes = Wishes(sandbox, self.seed, uploads)
            asked = wishes.make(self.options.operations)
            project = project_of(sandbox)
            sync_holder(project.region)
            sync_holder(project)
            began = time.monotonic()
            faults = Faults(sandbox, self.rng)
            with self._processes() as processes:
                self._break_things(project, asked, faults, processes)
            sandbox.clear_faults()
            seconds = time.monotonic() - began
            killed = f"{processes.kills} kills with {self.in_the_air} calls in the air, {self.cuts} cut connections"
            clocks = f"{processes.wrong_clocks} starts with a wrong clock, {self.restores} restores"
            self._say(f"{seconds:.0f} s, {faults.count} faults, {killed}, {clocks}")
            problems = self._count(sandbox, project, asked, wishes.shared)
        for problem in problems:
            self._say(f"LOSS: {problem}")
        self._say("nothing lost, nothing doubled" if not problems else f"{len(problems)} problems")
        return 1 if problems else 0

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)

    def _processes(self) -> Processes:
        return Processes(self.folder, self.environment, self.rng)

    def _say(self, text: str) -> None:
        print(f"seed {self.seed}: {text}", flush=True)

    # --- while everything breaks --------------------------------------------------------------------------------------
    def _break_things(self, project: Project, asked: list[Asked], faults: Faults, processes: Processes) -> None:
        plain = self.options.plain
        port = free_port()
        more = {"web": [f"--bind=127.0.0.1:{port}"]}
        victims = ["plain"] if plain else ["carrier"]
        victims += [f"{name}-apart" for name in victims if can_be_apart()]
        others = [] if plain else ["worker", "scheduler", "web"]
        for name in [*victims, *others]:
            processes.start(name, *more.get(name, []))
        actor = get_user_model().objects.create_user("chaos", is_staff=True)
        every = self.options.every
        kill, fault, restart = Clock(every, self.rng), Clock(0.3, self.rng), Clock(4 * every, self.rng)
        rest = list(asked)
        pace = Clock(min(_ASKING, len(asked) / 4) / max(1, len(asked)), self.rng)
        limit = time.monotonic() + self.options.limit
        past = _Past(self, processes, more, len(asked))
        poisoned = False
        while time.monotonic() < limit:
            if rest and not past.is_kept and pace.strikes():
                self._ask(project, rest.pop(), actor)
            past.go_on(len(rest))
            poisoned = poisoned or (len(rest) <= len(asked) / 2 and _poison(project, actor))
            if fault.strikes():
                faults.one()
            if kill.strikes():
                self._kill_one(processes, victims)
            if others and restart.strikes():
                name = self.rng.choice(others)
                processes.kill(name)
                processes.start(name, *more.get(name, []))
                self.cuts += _cut_connections()
            processes.start_again(victims)
            if not rest and past.is_over and not _open():
                break
            time.sleep(0.05)
        if not plain:
            _answers(port, processes)

    def _is_at_work(self, processes: Processes, name: str) -> bool:
        """It holds the lane. To wait for that would be to kill it with each first call, for ever."""
        if not processes.is_alive(name):
            return False
        owners = Lane.objects.exclude(lease_owner="").values_list("lease_owner", flat=True)
        return any(process_identity.pid_of(owner) == processes.pid(name) for owner in owners)

    def _kill_one(self, processes: Processes, victims: list[str]) -> None:
        at_work = [name for name in victims if self._is_at_work(processes, name)]
        if at_work:
            self._kill(processes, self.rng.choice(at_work))

    def _kill(self, processes: Processes, name: str) -> None:
        processes.kill(name)
        self.in_the_air += OperationItem.objects.filter(state=ItemState.SENT).count()
        processes.start(name)

    def _ask(self, project: Project, one: Asked, actor: object) -> None:
        """As a form would; a form that is sent twice makes one operation."""
        images = {
            image.image_id: image
            for image in Image.objects.filter(project=project, image_id__in=[wish.image_id for wish in one.wishes])
        }
        targets = [self._target(project, wish, images.get(wish.image_id)) for wish in one.wishes]
        key = f"chaos-{self.seed}-{id(one)}"
        for _click in range(self.rng.choice([1, 1, 2])):
            operation = _again_when_locked(
                lambda: write(actor=actor, kind=one.kind, targets=targets, key=key, projects=[project])
            )  # type: ignore[arg-type]
        one.pk = operation.pk

    def _target(self, project: Project, wish: Wish, image: Image | None) -> Target:
        return Target(project, image, wish.name or (image.name if image else ""), wish.parameters, wish.image_id)

    # --- counting -----------------------------------------------------------------------------------------------------
    def _count(self, sandbox: SandboxProcess, project: Project, asked: list[Asked], shared: list[str]) -> list[str]:
        states = Counter(Operation.objects.values_list("state", flat=True).order_by())
        self._say(f"operations: {dict(states)}")
        self._say(f"items: {dict(Counter(OperationItem.objects.order_by().values_list('state', flat=True)))}")
        problems = [
            f"operation {operation.pk} ({operation.kind}) is {operation.state}: {_why(operation)}"
            for operation in Operation.objects.exclude(state__in=FINAL_OPERATIONS)
        ]
        world = World.of(sandbox, project, shared)
        effects = 0
        for one in asked:
            items = {item.position: item for item in OperationItem.objects.filter(operation=one.pk)}
            for position, wish in enumerate(one.wishes):
                item = items.get(position)
                count = int(wish.effects(world))
                effects += count
                problem = "was never asked for" if item is None else _problem(wish, item, count)
                if problem:
                    problems.append(f"{wish.kind} {wish.image_id or wish.name} (operation {one.pk}): {problem}")
        self._say(f"effects: {effects} of {sum(not wish.refused for one in asked for wish in one.wishes)}")
        return problems + self._compare(sandbox, project)

    def _compare(self, sandbox: SandboxProcess, project: Project) -> list[str]:
        behind = _differing(in_cache(project), in_sandbox(sandbox, project))
        self._say(f"cache: {len(behind)} images behind before the last synchronisation {behind[:3]}")
        project.refresh_from_db()
        sync_holder(project)
        cached = in_cache(project)
        problems = [f"the cache differs: {one}" for one in _differing(cached, in_sandbox(sandbox, project))]
        if in_index(project) != set(cached):
            problems.append("the index holds other images than the cache")
        return problems


def _open() -> bool:
    return Operation.objects.exclude(state__in=FINAL_OPERATIONS).exists()


def _ended() -> int:
    return OperationItem.objects.exclude(finished_at=None).count()


def _poison(project: Project, actor: object) -> bool:
    """Rows that once stopped everybody: many failures, and an item that no act can read."""
    if not Job.objects.filter(poll_at__isnull=False).update(failures=1023):
        return False  # no job is under way just now
    MemberList.objects.filter(project=project).update(failures=1024)
    image = Image.objects.filter(project=project).first()
    targets = [Target(project, image, "poison", {"name": 7, "fields": []}, "")]
    key = f"poison-{project.pk}"
    write(actor=actor, kind=ActionKind.CREATE, targets=targets, key=key, projects=[project])  # type: ignore[arg-type]
    return True


class _Past:
    """The database is copied twice, and put back when some more items have ended. Nobody asks for anything between a
    copy and its return: what people ask for then would be lost with it."""

    def __init__(self, run: Run, processes: Processes, more: dict[str, list[str]], total: int) -> None:
        self._run, self._processes, self._more, self._total = run, processes, more, total
        self._due = list(_SNAPSHOTS)
        self._kept: Snapshot | None = None
        self._ended = 0

    @property
    def is_kept(self) -> bool:
        return self._kept is not None

    @property
    def is_over(self) -> bool:
        return not self._due and self._kept is None

    def go_on(self, rest: int) -> None:
        """`rest`: how many operations are still to be asked for."""
        if self._kept is None and self._due and rest <= self._total * (1 - self._due[0]):
            self._due.pop(0)
            with self._nobody_there():
                self._kept = Snapshot.take(self._run.folder)
            self._ended = _ended()
        elif self._kept is not None and (_ended() - self._ended >= _MEANWHILE or not _open()):
            with self._nobody_there():
                self._kept.put_back()
            self._kept = None
            self._run.restores += 1

    @contextmanager
    def _nobody_there(self) -> Iterator[None]:
        names = self._processes.stop_all()
        connections.close_all()
        yield
        for name in names:
            self._processes.start(name, *self._more.get(name, []))


def _problem(wish: Wish, item: OperationItem, effects: int) -> str:
    """What is wrong with an item in the light of its effects; "" for nothing."""
    said = f"{item.state} {item.error_code} {item.error}".strip()
    if wish.refused:
        return "" if item.state == ItemState.FAILED and not effects else f"{said}, although it is forbidden"
    if effects > 1:
        return f"{effects} times there ({said})"
    if item.state == ItemState.DONE:
        return "" if effects == 1 else f"said to be done, and is not there ({item.result})"
    return f"{said} (effects: {effects}, attempts: {item.attempts})"


def _why(operation: Operation) -> str:
    return "; ".join(f"{item.state} {item.error}" for item in operation.items.exclude(state=ItemState.DONE)[:3])


def _differing(held: dict[str, object], there: dict[str, object]) -> list[str]:
    return sorted(image_id for image_id in {*held, *there} if held.get(image_id) != there.get(image_id))


def _again_when_locked(act: Callable[[], Operation]) -> Operation:
    """SQLite gives a writer thirty seconds; a killed one may hold the lock until the kernel has cleared up."""
    try:
        return act()
    except OperationalError as error:
        print(f"once more: {error}", file=sys.stderr)
        return act()


def _cut_connections() -> int:
    """The database throws everybody else out (PostgreSQL; SQLite has no connections to lose)."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def _answers(port: int, processes: Processes) -> None:
    """The web server is still there in the end."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit and processes.is_alive("web"):
        try:
            requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the web server does not answer any more")
