"""manage.py demo: users for each role and an account at the sandbox that the environment describes."""

import os

from django.core.management.base import BaseCommand, CommandError

from images.accounts.services.accounts import AccountRefused
from images.clouds.services.discovery import ConnectionRefused
from images.system.services.demo import DemoRefused, demonstration


class Command(BaseCommand):
    help = "Makes the demonstration (users, account, projects) and prints a line for each sign-in. Safe to repeat."

    def handle(self, *_args: object, **_options: object) -> None:
        try:
            sign_ins = demonstration(os.environ)
        except (DemoRefused, ConnectionRefused, AccountRefused) as error:
            raise CommandError(str(error)) from error
        for one in sign_ins:
            self.stdout.write(f"sign-in: {one.user} {one.password} {one.role}")
