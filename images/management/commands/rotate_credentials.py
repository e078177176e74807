"""manage.py rotate_credentials: after a new key was put in front of CREDENTIAL_KEYS."""

from django.core.management.base import BaseCommand, CommandError

from images.clouds.services.credentials import rotate
from images.notices.services.webhooks import secrets
from images.signin.services import second_factors


class Command(BaseCommand):
    help = "Encrypts the secrets of all accounts anew with the first of CREDENTIAL_KEYS; then the old ones may go."

    def handle(self, *_args: object, **_options: object) -> None:
        rotation = rotate()
        webhooks, closed = secrets.rotate()
        factors, lost = second_factors.rotate()
        self.stdout.write(f"{rotation.renewed + webhooks} secrets encrypted with the newest key.")
        if factors:
            self.stdout.write(f"{factors} second factors likewise.")
        if unreadable := [*rotation.unreadable, *closed]:
            names = ", ".join(unreadable)
            raise CommandError(f"No configured key opens the secrets of: {names}. Enter them again in the console.")
        if lost:
            raise CommandError(f"No configured key opens the second factors of: {', '.join(lost)}.")
