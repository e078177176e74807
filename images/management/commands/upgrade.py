"""manage.py upgrade: what has to be done after new code was installed, and nothing else."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from console.version import VERSION
from images.system.services.upgrade import UpgradeStopped, upgrade


class Command(BaseCommand):
    help = (
        "Checks the settings, applies migrations beside the running console, collects static files, and makes the "
        "index anew if this release needs it. Also sets up an empty database. May be repeated."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--skip-static", action="store_true", help="static files came with the code")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            for step in upgrade(static=not options["skip_static"]):
                self.stdout.write(step)
        except UpgradeStopped as stopped:
            raise CommandError(str(stopped)) from stopped
        self.stdout.write(f"Release {VERSION}. Restart the processes one after the other, then: manage.py doctor")
