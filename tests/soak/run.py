"""One soak: people at work while things break, then the demands."""

# ruff: noqa: T201 - a command line speaks by printing
import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

from images.clouds.models import Project
from images.incoming.models import IncomingShare
from images.operations.models.operation import Operation, OperationItem
from tests.clouds.projects import attached
from tests.sandbox_process import SandboxProcess
from tests.soak import judging
from tests.soak.browsing import Figures, Outages
from tests.soak.console import Console, Memory
from tests.soak.ledger import PARTNER, Ledger
from tests.soak.operators import Administrator, Approver, Operator, Stock
from tests.soak.people import Person, Stage
from tests.soak.trouble import PARTS, Burners, Killer, Rubbish

#: Seconds until the console shows what was made in the sandbox: two of its usual rounds, on a busy machine.
_SEEN = 240.0
#: Breaches that are printed; all are counted.
_TOLD = 40
#: Seconds between two lines on how it goes.
_NEWS = 300.0
#: Looks at processes and memory, in seconds.
_LOOK = 1.0


class Soak:
    def __init__(self, console: Console, options: argparse.Namespace) -> None:
        self.console = console
        self.options = options
        self.seconds = options.minutes * 60
        self.rng = random.Random(options.seed)
        self.figures = Figures()
        self.outages = Outages()
        self.ledger = Ledger()
        self.memory = Memory()
        self.sandbox: SandboxProcess = attached(console.sandbox_url)
        self.project = Project.objects.managed().get(project_id=self.sandbox.env["IMS_PROJECT_ID"])
        self.rubbish = Rubbish(console.var / "broker", self.rng)

    def go(self) -> int:
        stock = self._prepare()
        kills_until = self.seconds * 0.5
        begin = time.monotonic()
        end = begin + self.seconds
        killer = Killer(self.console, self.rng, begin + self.seconds * 0.08, begin + kills_until, self.outages)
        self.killer = killer
        self.people = people = self._people(stock, end)
        self._say(f"{len(people)} people for {self.options.minutes:g} minutes, {self.options.burners} cores kept busy")
        with Burners(self.options.burners, self.seconds + 600):
            for person in people:
                person.start()
            self._watch(killer, begin, end)
            for person in people:
                person.join(120)
                if person.is_alive():
                    self.figures.breach(f"{person.who} waits for an answer, two minutes after the end")
        problems = self._demands()
        self._print(problems)
        return 1 if problems else 0

    def _say(self, text: str) -> None:
        print(f"soak, seed {self.options.seed}: {text}", flush=True)

    # --- before -------------------------------------------------------------------------------------------------------
    def _prepare(self) -> Stock:
        """Images for the operators, offers of the partner for the approvers, and room for all that will come."""
        for project in Project.objects.managed():
            self.sandbox.admin("PUT", "quota", {"project": project.project_id, "quota": 100_000})
        stock = Stock(self.sandbox, self.project.project_id, self.options.images)
        self.offers = self.sandbox.create_images(PARTNER, count=self.options.offers, name="offered", status="active")
        for image_id in self.offers:
            self.sandbox.set_member(image_id, self.project.project_id, "pending")
        _wait(lambda: stock.are_here() and self._offers_are_here(), _SEEN, "the images of the soak")
        return stock

    def _offers_are_here(self) -> bool:
        return IncomingShare.objects.filter(image_id__in=self.offers).count() == len(self.offers)

    def _people(self, stock: Stock, end: float) -> list[Person]:
        seed = self.options.seed
        stage = Stage(
            self.console.url, self.console.passwords(), self.figures, self.outages, self.ledger, end, self.options.pace
        )
        share = self.options.images // 3
        at_desks = [("operator", "@desk"), ("operator", "@laptop"), ("lead", "")]
        operators = [Operator(stage, user, seed, place, self.project.pk, stock.take(share)) for user, place in at_desks]
        others = [
            Approver(stage, "approver", seed), Approver(stage, "approver2", seed), Administrator(stage, "admin", seed),
            Person(stage, "viewer", seed, "@one"), Person(stage, "viewer", seed, "@two"),
        ]  # fmt: skip
        return [*operators, *others]

    # --- during -------------------------------------------------------------------------------------------------------
    def _watch(self, killer: Killer, begin: float, end: float) -> None:
        kinds = list(self.rubbish.kinds)
        self.rng.shuffle(kinds)
        every = self.seconds * 0.7 / max(1, len(kinds))
        next_drop = begin + self.seconds * 0.05
        news = begin + _NEWS
        while time.monotonic() < end:
            children = self.console.children()
            self.memory.look(children)
            if not self.options.gentle:
                killer.look(children, self.figures)
            if not self.console.is_alive():
                self.figures.breach("make run has ended by itself")
                for person in self.people:
                    person.go_home.set()
                return
            if kinds and time.monotonic() >= next_drop:
                self.rubbish.drop(kinds.pop(), self.rng.choice(["celery", "operations"]))
                next_drop += every
            if time.monotonic() >= news:
                asked, wrong = len(self.figures.seconds), len(self.figures.breaches)
                self._say(
                    f"{(news - begin) / 60:.0f} min: {asked} requests, back {killer.back}, {wrong} breaches so far"
                )
                news += _NEWS
            time.sleep(_LOOK)

    # --- after --------------------------------------------------------------------------------------------------------
    def _demands(self) -> list[str]:
        connection.close()
        problems = list(self.figures.breaches)
        problems += judging.processes(self.console)
        if not self.console.is_alive():
            return problems
        _wait_for(self.console.answers, 60)
        problems += judging.wait_until_all_is_final()
        problems += judging.operations(self.sandbox, self.project, self.ledger)
        problems += judging.votes(self.ledger)
        problems += judging.cache(self.sandbox)
        problems += judging.shares(self.sandbox, self.project)
        _wait_for(lambda: not judging.rubbish(self.rubbish), 60)  # they stand in line behind what the carrier does
        problems += judging.rubbish(self.rubbish)
        kills = [datetime.now(UTC).timestamp() - (time.monotonic() - at) for at, _name in self.outages.killed]
        problems += judging.tracebacks(self.console.log_folder, [datetime.fromtimestamp(one, UTC) for one in kills])
        if not self.options.gentle:
            problems += [f"{name} was never killed and back" for name in PARTS if name not in self.killer.back]
        grown, self.sizes = judging.memory(self.memory, self.seconds * 0.15, max(20.0, self.seconds * 0.1))
        return problems + grown + judging.processes(self.console)

    def _print(self, problems: list[str]) -> None:
        figures = self.figures
        for name, value in self._rows():
            print(f"  {name:<42}{value}")
        print(f"  {'memory (MB)':<42}{'at first':>10}{'in the end':>12}")
        for name, early, late in getattr(self, "sizes", []):
            print(f"  {name:<42}{early:>10}{late:>12}")
        for seconds, what in figures.slowest:
            print(f"  slowest: {seconds:.2f} s {what[:100]}")
        for problem in problems[:_TOLD]:
            self._say(f"BREACH: {problem[:400]}")
        self._say(f"{len(problems)} breaches" if problems else "it stayed up, and all that was asked for came true")

    def _rows(self) -> list[tuple[str, str]]:
        figures = self.figures
        times = sorted(figures.seconds) or [0.0]
        cuts = statistics.quantiles(times, n=20) if len(times) > 1 else times * 20
        states = ", ".join(f"{code}: {count}" for code, count in sorted(figures.statuses.items()))
        back = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.killer.back.items())
        return [
            ("requests", str(len(figures.seconds))),
            ("statuses", states),
            ("p50, p95 (s)", f"{statistics.median(times):.3f}, {cuts[18]:.3f}"),
            ("lines broken by kills", f"{figures.broken}, the longest outage {figures.longest_outage:.1f} s"),
            ("things people did", ", ".join(f"{what} {n}" for what, n in sorted(figures.done.items()))),
            ("operations, items", f"{Operation.objects.count()}, {OperationItem.objects.count()}"),
            ("asked for by people", str(len(self.ledger.noted))),
            ("votes", str(sum(len(who) for who in self.ledger.votes.values()))),
            ("killed, and back after", back),
            ("restarts seen", ", ".join(f"{name} {n}" for name, n in sorted(self.memory.restarts.items()))),
            (
                "messages that nobody can read",
                f"{len(self.rubbish.dropped)} dropped, {self.rubbish.set_aside} set aside",
            ),
        ]


def _wait(ready: Callable[[], bool], seconds: float, what: str) -> None:
    if not _wait_for(ready, seconds):
        raise RuntimeError(f"{what} did not come within {seconds:.0f} s")


def _wait_for(ready: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while not ready():
        connection.close()
        if time.monotonic() > limit:
            return False
        time.sleep(0.5)
    return True
