"""manage.py own_keys: CREDENTIAL_KEYS and AUDIT_KEYS for an installation that has lived on SECRET_KEY so far."""

from django.core.management.base import BaseCommand

from images.system.services.own_keys import lines_to_set


class Command(BaseCommand):
    help = (
        "Prints CREDENTIAL_KEYS and AUDIT_KEYS, to be set for all processes: new ones where none are set, and those "
        "made from SECRET_KEY behind them, as far as they are still needed. Changes nothing. What it prints is secret."
    )
    requires_system_checks: list[str] = []

    def handle(self, *_args: object, **_options: object) -> None:
        for line in lines_to_set():
            self.stdout.write(line)
