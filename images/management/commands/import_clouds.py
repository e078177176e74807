"""manage.py import_clouds [clouds.yaml]: accounts and projects from the configuration file of OpenStack's tools."""

from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from images.access.permissions import can_manage_accounts
from images.accounts.services.cloud_import import import_clouds
from images.clouds.services import clouds_yaml


class Command(BaseCommand):
    help = (
        "Adds the clouds of a clouds.yaml (and the secure.yaml beside it) as accounts. Exit status 1 when one failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="default: ./, ~/.config/openstack/, /etc/openstack/")
        parser.add_argument("--as", dest="user", metavar="USER", help="whom to note as the one who added them")

    def handle(self, *_args: object, **options: Any) -> None:
        actor = self._actor(options["user"])
        failed = 0
        try:
            path = options["file"] or clouds_yaml.find()
            for one in import_clouds(path, actor=actor):
                self.stdout.write(f"{one.cloud}: {one.sentence}")
                failed += not one.done
        except clouds_yaml.FileRefused as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(f"{failed} of the clouds could not be taken; the sentences above say why.")

    def _actor(self, name: str | None) -> Any:
        users = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("-is_superuser", "pk")
        actor = users.filter(username=name).first() if name else users.first()
        if actor is None or not can_manage_accounts(actor):
            raise CommandError("There is no such administrator. Make one: python manage.py createsuperuser")
        return actor
