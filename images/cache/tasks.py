from django.conf import settings

from images.cache.services import background, scheduling
from images.core.registries.schedule import task


@task("images.sync_due", every=min(settings.SYNC_INTERVAL, 30))
def sync_due() -> None:
    scheduling.wake_for_due()


@task("images.sync_holder")
def sync_holder(ref: str) -> None:
    background.sync_woken(ref)
