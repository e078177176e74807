"""manage.py alive: whether the worker or the scheduler of this container (or machine) is there; for health checks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from images.core.enums import ProcessKind
from images.system.services.health import is_alive_here


class Command(BaseCommand):
    help = "Exit status 0 when a worker or a scheduler with this VAR_DIR lives and has told so of late, else 1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=ProcessKind.values)
        parser.add_argument("--queue", default="", help="of a worker: that it works on")

    def handle(self, *_args: object, **options: Any) -> None:
        """Without a database nothing can be told; that is no life, either."""
        what = f"{options['kind']} {options['queue']}".strip()
        try:
            lives = is_alive_here(ProcessKind(options["kind"]), options["queue"])
        except DatabaseError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        if not lives:
            raise CommandError(f"No {what} is at work here.")
        self.stdout.write(f"{what} is at work here.")
