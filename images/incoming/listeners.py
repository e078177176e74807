"""What synchronisations see of images that others share with a project becomes requests, and partners link to them."""

from collections.abc import Collection
from datetime import datetime

from django.dispatch import receiver

from images.cache import events
from images.cache.services.columns import Row
from images.clouds.models import Project
from images.incoming.queries.inbox import sends
from images.incoming.services import intake
from images.partners.dealings import dealing

dealing("sends", sends)


@receiver(events.shared_in_changed)
def notice(project: Project, seen: Collection[Row], gone: Collection[str], at: datetime, **_signal: object) -> None:
    intake.receive_shares(project, seen, gone, at)
