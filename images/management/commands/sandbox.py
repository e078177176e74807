"""``manage.py sandbox``: start the sandbox. Arguments and behaviour are those of ``python -m images.sandbox``."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from images.sandbox import cli


class Command(BaseCommand):
    help = "Serve our own IMS over HTTP, with its IAM, for demos, development and tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        status = cli.run(argparse.Namespace(**options))
        if status:
            sys.exit(status)
