"""manage.py sync [--project NAME] [--full]: brings the cache in step with IMS, without a worker."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from images.cache.services.publication import Holder
from images.cache.services.scheduling import managed_holders
from images.cache.services.sync import Busy, LeaseLost, SyncFailed, sync_holder
from images.clouds.models import Project

#: How long to wait for somebody else who synchronises the same project: a little over a lease.
PATIENCE = 75.0


@contextmanager
def _quiet(verbosity: int) -> Iterator[None]:
    """A log line for each call would tear the bars apart; --verbosity 2 shows them all the same."""
    logger = logging.getLogger("images")
    before = logger.level
    if verbosity < 2:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class Command(BaseCommand):
    help = "Synchronises the image cache with IMS and shows how far it is. Exit status 1 when a project failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", metavar="NAME", help="only this project (name or ID) and its region")
        parser.add_argument("--full", action="store_true", help="read everything, so that deletions are noticed")

    def handle(self, *args: Any, **options: Any) -> None:
        holders = self._holders(options["project"])
        # what is no terminal has no width of its own, and rich would take 80 columns and cut our words
        console = Console(file=cast("IO[str]", self.stdout._out), width=None if self.stdout.isatty() else 120)
        columns = (
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:>9,.0f} images"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
        )
        with _quiet(options["verbosity"]), Progress(*columns, console=console, transient=False) as bars:
            failed = list(filter(None, [self._one(bars, holder, options["full"]) for holder in holders]))
        if failed:
            raise CommandError("\n".join([*failed, f"{len(failed)} of {len(holders)} could not be synchronised."]))

    def _holders(self, name: str | None) -> list[Holder]:
        holders = managed_holders()
        if name is None:
            return holders
        chosen = [
            holder for holder in holders if isinstance(holder, Project) and name in {holder.name, holder.project_id}
        ]
        if not chosen:
            known = ", ".join(sorted(holder.name for holder in holders if isinstance(holder, Project))) or "none"
            raise CommandError(f"No managed project is called {name}. There are: {known}.")
        return [*chosen, *{project.region_id: project.region for project in chosen}.values()]

    def _one(self, bars: Progress, holder: Holder, full: bool) -> str:
        """Synchronises one; the sentence for people when it fails, else nothing."""
        label = str(holder) if isinstance(holder, Project) else f"public images of {holder}"
        task = bars.add_task(label, total=holder.image_count or None, words="")
        try:
            done = self._patiently(bars, task, holder, full)
        except (Busy, LeaseLost):
            bars.update(task, words="[yellow]busy")
            return f"{label}: somebody else synchronises it at the moment."
        except SyncFailed as failure:
            bars.update(task, words="[red]failed")
            return f"{label}: {failure}"
        words = f"{done.appeared} new, {done.changed} changed, {done.gone} gone" + ("" if done.full else " (quick)")
        bars.update(task, total=max(done.read, 1), completed=max(done.read, 1), words=words)
        return ""

    def _patiently(self, bars: Progress, task: TaskID, holder: Holder, full: bool) -> Any:
        give_up = time.monotonic() + (PATIENCE if sys.stdout.isatty() or full else PATIENCE / 2)
        while True:
            try:
                return sync_holder(holder, full=full, progress=lambda read: bars.update(task, completed=read))
            except Busy:
                if time.monotonic() > give_up:
                    raise
                bars.update(task, words="waiting for another synchronisation to end")
                time.sleep(0.5)
