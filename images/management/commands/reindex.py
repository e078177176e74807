"""manage.py reindex: makes the facet index anew from the tables."""

from typing import Any

from django.core.management.base import BaseCommand

from images.cache.services import index


class Command(BaseCommand):
    help = "Rebuilds the facet index from the cached images; harmless at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"The index is at version {index.rebuild()}.")
