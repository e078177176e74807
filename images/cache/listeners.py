"""What the cache does about accounts and projects."""

from django.dispatch import receiver

from images.accounts import events
from images.cache.services import forgetting, scheduling
from images.cache.services.publication import Holder


@receiver(events.holder_managed)
def synchronise(holder: Holder, **_signal: object) -> None:
    scheduling.want(holder)


@receiver(events.holder_leaving)
def forget(holder: Holder, **_signal: object) -> None:
    forgetting.forget_images(holder)
