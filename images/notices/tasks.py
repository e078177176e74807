from images.core.registries.schedule import Queue, task
from images.notices.services import delivery, preferences, sync_trouble


# notices that wait for each other, mail and webhooks that are to be tried again, digests, lost rings
@task("images.deliver_notices", every=10, queue=Queue.DELIVERIES)
def deliver_notices() -> None:
    delivery.work_due()


@task("images.watch_projects", every=60)
def watch_projects() -> None:
    sync_trouble.watch_projects()


@task("images.clear_notices", every=3600)
def clear_notices() -> None:
    preferences.clear_old()
