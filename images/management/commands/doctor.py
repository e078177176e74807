"""manage.py doctor: what the console stands on, and what to do about what is not well."""

import json
from dataclasses import asdict
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from images.system.services.doctor import Finding, examine

_SIGNS = {"good": "[green]ok", "wait": "[yellow]note", "bad": "[red]BAD"}


class Command(BaseCommand):
    help = "Checks settings, database, broker, workers, clock, credentials and each project's endpoint."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON list, for machines")

    def handle(self, *_args: object, **options: Any) -> None:
        """Exit status 1 when something does not work."""
        findings = list(examine())
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=1))
        else:
            self._print(findings)
        bad = sum(1 for finding in findings if finding.tone == "bad")
        if bad:
            raise CommandError(f"{bad} of {len(findings)} are not well.")

    def _print(self, findings: list[Finding]) -> None:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "what", "how it is", "what to do"):
            table.add_column(heading, overflow="fold")
        for finding in findings:
            table.add_row(_SIGNS[finding.tone], finding.about, finding.sentence, finding.measure)
        # what is no terminal has no width of its own, and rich would take 80 columns and cut our words
        Console(file=cast("IO[str]", self.stdout._out), width=None if self.stdout.isatty() else 160).print(table)
