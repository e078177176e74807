"""One run: prepare, ask for everything while things break, wait until all is final, count."""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import requests
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError, connection

from images.enums import FINAL_OPERATIONS, ItemState
from images.models import Image, Lane, Operation, OperationItem, Project
from images.services.operations import Target, write
from images.services.sync import sync_holder
from tests.chaos.trouble import Clock, Faults, Processes, free_port
from tests.chaos.wishes import Asked, Wish, Wishes, World
from tests.clouds import in_cache, in_index, in_sandbox, project_of
from tests.sandbox_process import SandboxProcess

#: Seconds in which as many operations are asked for as in a busy minute.
_ASKING = 40.0
#: How fast jobs of the sandbox pass: some seconds each, so that they are under way when things die.
_SPEED = 40.0


class Run:
    """A seed's world and what happens in it."""

    processes: type[Processes] = Processes

    def __init__(self, seed: int, folder: Path, environment: dict[str, str], options: argparse.Namespace) -> None:
        self.seed = seed
        self.folder = folder
        self.environment = environment
        self.options = options
        self.rng = random.Random(seed)
        self.in_the_air = 0
        self.cuts = 0

    def go(self) -> int:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
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
            with self.processes(self.folder, self.environment) as processes:
                self._break_things(project, asked, faults, processes)
            sandbox.clear_faults()
            seconds = time.monotonic() - began
            killed = f"{processes.kills} kills with {self.in_the_air} calls in the air, {self.cuts} cut connections"
            self._say(f"{seconds:.0f} s, {faults.count} faults, {killed}")
            problems = self._count(sandbox, project, asked, wishes.shared)
        for problem in problems:
            self._say(f"LOSS: {problem}")
        self._say("nothing lost, nothing doubled" if not problems else f"{len(problems)} problems")
        return 1 if problems else 0

    def _say(self, text: str) -> None:
        print(f"seed {self.seed}: {text}", flush=True)

    # --- while everything breaks --------------------------------------------------------------------------------------
    def _break_things(self, project: Project, asked: list[Asked], faults: Faults, processes: Processes) -> None:
        plain = self.options.plain
        port = free_port()
        more = {"web": [f"--bind=127.0.0.1:{port}"]}
        victims = ["plain"] if plain else ["carrier"]
        others = [] if plain else ["worker", "scheduler", "web"]
        for name in [*victims, *others]:
            processes.start(name, *more.get(name, []))
        actor = get_user_model().objects.create_user("chaos", is_staff=True)
        every = self.options.every
        kill, fault, restart = Clock(every, self.rng), Clock(0.3, self.rng), Clock(4 * every, self.rng)
        rest = list(asked)
        pace = Clock(min(_ASKING, len(asked) / 4) / max(1, len(asked)), self.rng)
        limit = time.monotonic() + self.options.limit
        while time.monotonic() < limit:
            if rest and pace.strikes():
                self._ask(project, rest.pop(), actor)
            if fault.strikes():
                faults.one()
            if kill.strikes() and self._is_at_work(processes, victims[0]):
                self._kill(processes, victims[0])
            if others and restart.strikes():
                name = self.rng.choice(others)
                processes.kill(name)
                processes.start(name, *more.get(name, []))
                self.cuts += _cut_connections()
            if not processes.is_alive(victims[0]):
                processes.start(victims[0])
            if not rest and not Operation.objects.exclude(state__in=FINAL_OPERATIONS).exists():
                break
            time.sleep(0.05)
        if not plain:
            _answers(port, processes)

    def _is_at_work(self, processes: Processes, name: str) -> bool:
        """It holds the lane. To wait for that would be to kill it with each first call, for ever."""
        if not processes.is_alive(name):
            return False
        return Lane.objects.filter(lease_owner__contains=f":{processes.pid(name)}:").exists()

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
