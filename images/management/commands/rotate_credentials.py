"""manage.py rotate_credentials: after a new key was put in front of CREDENTIAL_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from images.services import second_factors
from images.services.credentials import rotate


class Command(BaseCommand):
    help = "Encrypts the secrets of all accounts anew with the first of CREDENTIAL_KEYS; then the old ones may go."

    def handle(self, *_args: Any, **_options: Any) -> None:
        rotation = rotate()
        factors, lost = second_factors.rotate()
        self.stdout.write(f"{rotation.renewed} secrets encrypted with the newest key.")
        if factors:
            self.stdout.write(f"{factors} second factors likewise.")
        if rotation.unreadable:
            names = ", ".join(rotation.unreadable)
            raise CommandError(f"No configured key opens the secrets of: {names}. Enter them again in the console.")
        if lost:
            raise CommandError(f"No configured key opens the second factors of: {', '.join(lost)}.")
