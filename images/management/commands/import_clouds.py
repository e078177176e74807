"""manage.py import_clouds [clouds.yaml]: accounts and projects from the configuration of OpenStack's tools."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from images.access.permissions import can_manage_accounts
from images.accounts.services.cloud_import import import_clouds
from images.clouds.services import configuration


class Command(BaseCommand):
    help = (
        "Adds the clouds of a clouds.yaml (with secure.yaml and clouds-public.yaml beside it) as accounts; without a"
        " file those that OpenStack's tools would find, and the one that OS_* variables describe. Exit status 1 when"
        " one failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="default: ./, ~/.config/openstack/, /etc/openstack/")
        parser.add_argument("--as", dest="user", metavar="USER", help="whom to note as the one who added them")
        parser.add_argument("--cloud", action="append", metavar="NAME", help="only this one; default: OS_CLOUD, or all")

    def handle(self, *_args: object, **options: Any) -> None:
        actor = self._actor(options["user"])
        try:
            path = options["file"]
            found = configuration.from_file(path) if path else configuration.usual()
        except configuration.FileRefused as error:
            raise CommandError(str(error)) from error
        failed = 0
        for one in import_clouds(found, actor=actor, only=self._only(found, options["cloud"], path)):
            self.stdout.write(f"{one.cloud}: {one.sentence}")
            for remark in one.remarks:
                self.stdout.write(f"  {remark}")
            failed += not one.done
        if failed:
            raise CommandError(f"{failed} of the clouds could not be taken; the sentences above say why.")

    def _only(
        self, found: configuration.Configuration, named: Sequence[str] | None, path: Path | None
    ) -> Sequence[str] | None:
        """OS_CLOUD chooses among those that are found, as for OpenStack's tools; not in a file that is named here."""
        chosen = named or ([os.environ["OS_CLOUD"]] if os.environ.get("OS_CLOUD") and not path else None)
        for one in chosen or ():
            if one not in found.clouds:
                raise CommandError(f"There is no cloud {one}. There are: {', '.join(found.clouds)}.")
        return chosen

    def _actor(self, name: str | None) -> Any:
        users = get_user_model().objects.filter(is_active=True, is_staff=True).order_by("-is_superuser", "pk")
        actor = users.filter(username=name).first() if name else users.first()
        if actor is None or not can_manage_accounts(actor):
            raise CommandError("There is no such administrator. Make one: python manage.py createsuperuser")
        return actor
