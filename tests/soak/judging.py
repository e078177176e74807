"""What must hold in the end: processes, operations, effects, votes, cache, memory, logs."""

import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from images.cache.enums import MemberStatus
from images.clouds.models import Project, Region
from images.incoming.enums import SENT_SHARES, ShareState
from images.incoming.models import IncomingShare
from images.operations.enums import FINAL_OPERATIONS, HELD_OPERATIONS, OperationState
from images.operations.models.operation import Operation, OperationItem
from tests.chaos.run import _differing, _problem
from tests.chaos.wishes import World
from tests.clouds.projects import in_cache, in_index, in_sandbox, public_in_sandbox
from tests.sandbox_process import SandboxProcess
from tests.soak.console import Console, Memory
from tests.soak.ledger import Ledger, Noted
from tests.soak.trouble import PARTS, Rubbish

#: Seconds that operations may take to end after the last click: a job of the sandbox takes a minute or two, and what
#: was in the air when something died is tried again after a while.
_ENDING = 420.0
#: Seconds until the cache holds what the sandbox holds: a few of the usual minutes between two synchronisations.
_LEVELLING = 300.0
#: Growth of memory between warm-up and end that is taken for noise: this part of it, and so many bytes. The web process
#: fills its pool of threads and its caches in the first minutes.
GROWTH, SLACK = 0.10, 8 * 2**20


def processes(console: Console) -> list[str]:
    children = console.children()
    missing = [name for name in PARTS if name not in children]
    problems = [f"{name} does not run in the end" for name in missing]
    if not console.is_alive():
        problems.append(f"make run has ended: {console.said()[-1000:]}")
    if not console.answers():
        problems.append("the web process does not answer in the end")
    return problems


def wait_until_all_is_final() -> list[str]:
    limit = time.monotonic() + _ENDING
    while True:
        open_ones = Operation.objects.exclude(state__in=[*FINAL_OPERATIONS, *HELD_OPERATIONS])
        sending = IncomingShare.objects.filter(state__in=SENT_SHARES)
        if not open_ones.exists() and not sending.exists():
            return []
        if time.monotonic() > limit:
            late = [f"operation {one.pk} ({one.kind}) is still {one.state}" for one in open_ones]
            return late + [f"share {one.pk} is still {one.state}" for one in sending]
        connection.close()
        time.sleep(1)


def operations(sandbox: SandboxProcess, project: Project, ledger: Ledger) -> list[str]:
    """Each that was asked for is there once, is done, and its effect is in the sandbox once."""
    world = World.of(sandbox, project, sorted(ledger.shared))
    problems = []
    for noted in ledger.noted:
        problems += _of(noted, world, ledger)
    asked = {one.key for one in ledger.noted} | {one.number for one in ledger.noted}
    for other in Operation.objects.exclude(state__in=[OperationState.DONE, *HELD_OPERATIONS]):
        if other.key not in asked and other.pk not in asked:
            problems.append(f"operation {other.pk} ({other.kind}), made by the console, is {other.state}")
    return problems


def _of(noted: Noted, world: World, ledger: Ledger) -> list[str]:
    wanted = {"pk": noted.number} if noted.number else {"key": noted.key}
    operation = Operation.objects.filter(**wanted).first()
    what = f"{noted.kind} by {noted.who}"
    if operation is None:
        return [f"{what}: the console took it and knows nothing of it (key {noted.key}, number {noted.number})"]
    items = {item.image_uid or item.image_name: item for item in OperationItem.objects.filter(operation=operation)}
    problems = []
    for wish, thing in noted.wishes:
        item = items.get(wish.image_id or wish.name) or (next(iter(items.values())) if len(items) == 1 else None)
        count = int(wish.effects(world)) if ledger.can_be_seen(wish, thing) else 1
        problem = "was never asked for" if item is None else _problem(wish, item, count)
        if problem:
            problems.append(f"{what}, operation {operation.pk}, {thing}: {problem}")
    return problems


def votes(ledger: Ledger) -> list[str]:
    """Each vote that was taken is counted, once."""
    problems = []
    for share in IncomingShare.objects.filter(pk__in=ledger.votes):
        counted = set(share.votes.values_list("user_name", flat=True))
        lost = ledger.votes[share.pk] - counted
        if lost:
            problems.append(f"share {share.pk}: the votes of {sorted(lost)} are lost; {sorted(counted)} are there")
    return problems


def shares(sandbox: SandboxProcess, project: Project) -> list[str]:
    """What was decided is what the sandbox has."""
    there = in_sandbox(sandbox, project)
    problems = []
    for share in IncomingShare.objects.filter(project=project, state__in=[ShareState.ACCEPTED, ShareState.REJECTED]):
        state = there.get(share.image_id, ("",))[0]
        if share.decision in (MemberStatus.ACCEPTED, MemberStatus.REJECTED) and state != share.decision:
            problems.append(f"share {share.pk} was decided {share.decision}, and is {state!r} in the sandbox")
    return problems


def cache(sandbox: SandboxProcess) -> list[str]:
    """Every project and every region, as the console's own synchronisation leaves it."""
    limit = time.monotonic() + _LEVELLING
    problems = ["not compared"]
    while problems and time.monotonic() < limit:
        connection.close()
        problems = _cache_now(sandbox)
        if problems:
            time.sleep(3)
    return problems


def _cache_now(sandbox: SandboxProcess) -> list[str]:
    problems = []
    projects = list(Project.objects.managed().select_related("region"))
    for project in projects:
        problems += _compared(f"{project}", project, in_sandbox(sandbox, project))
    for region in Region.objects.filter(projects__enabled=True).distinct():
        project = next(one for one in projects if one.region_id == region.pk)
        problems += _compared(f"public images of {region}", region, public_in_sandbox(sandbox, project))
    return problems


def _compared(what: str, holder: Project | Region, there: dict) -> list[str]:  # type: ignore[type-arg]
    cached = in_cache(holder)
    differing = _differing(cached, there)
    problems = [f"the cache of {what} differs in {len(differing)} images: {differing[:3]}"] if differing else []
    if in_index(holder) != set(cached):
        problems.append(f"the index of {what} holds other images than the cache")
    return problems


def rubbish(dropped: Rubbish) -> list[str]:
    """Each message that nobody can read was set aside, and none of ours with them."""
    problems = [f"a message that cannot be read still lies there: {one}" for one in dropped.left]
    if dropped.set_aside != len(dropped.dropped):
        problems.append(f"{len(dropped.dropped)} messages cannot be read, and {dropped.set_aside} were set aside")
    return problems


# --- memory -----------------------------------------------------------------------------------------------------------
def memory(looked: Memory, warm_up: float, window: float) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Problems, and rows of the table: name, at first, in the end, in MB."""
    problems, rows = [], []
    for name in looked.names:
        found = looked.early_and_late(name, warm_up, window)
        if found is None:
            rows.append((name, "-", "-"))
            continue
        early, late = found
        rows.append((name, f"{early / 2**20:.0f}", f"{late / 2**20:.0f}"))
        if late > early * (1 + GROWTH) + SLACK:
            problems.append(f"{name} grew from {early / 2**20:.1f} to {late / 2**20:.1f} MB")
    return problems, rows


# --- logs -------------------------------------------------------------------------------------------------------------
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2})")
_TRACE = "Traceback (most recent call last)"
#: Seconds after a kill in which a broken line to what was killed is explained.
_AFTERMATH = 60.0
#: Last lines of tracebacks that a kill explains.
_EXPLAINED = re.compile(
    r"(Connection|BrokenPipe|RemoteDisconnected|Timeout|ProtocolError|ReadTimeout|MaxRetry|OSError)"
)


def tracebacks(folder: Path, kills: list[datetime]) -> list[str]:
    """Each traceback in a log that no kill explains: the log's name, its moment and its last line."""
    problems = []
    for log in sorted(folder.glob("*.log")):
        for moment, last in _traces(log):
            near = [kill for kill in kills if moment and 0 <= (moment - kill).total_seconds() <= _AFTERMATH]
            if not (near and _EXPLAINED.search(last)):
                problems.append(f"{log.name} {moment:%H:%M:%S}: {last}" if moment else f"{log.name}: {last}")
    return [f"{text} ({count} times)" for text, count in Counter(problems).items()]


def _traces(log: Path) -> list[tuple[datetime | None, str]]:
    """Moment (of the last line before it that has one) and last line of each traceback."""
    found: list[tuple[datetime | None, str]] = []
    moment: datetime | None = None
    inside = False
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            stamp = _STAMP.search(line[:60])
            if stamp:
                moment = datetime.fromisoformat(stamp[1].replace(" ", "T")).replace(tzinfo=UTC)
            if _TRACE in line:
                inside = True
            elif inside and line.strip() and not line[0].isspace():
                found.append((moment, line.strip()[:300]))
                inside = False
    return found
