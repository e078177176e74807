"""manage.py demo: users for each role and an account at the sandbox that the environment describes."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services.accounts import AccountRefused
from images.services.demo import DemoRefused, demonstration
from images.services.discovery import ConnectionRefused


class Command(BaseCommand):
    help = "Makes the demonstration (users, account, projects) and prints a line for each sign-in. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            sign_ins = demonstration(os.environ)
        except (DemoRefused, ConnectionRefused, AccountRefused) as error:
            raise CommandError(str(error)) from error
        for one in sign_ins:
            self.stdout.write(f"sign-in: {one.user} {one.password} {one.role}")
