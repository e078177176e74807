from images.core.registries.schedule import Queue, task
from images.reports import services


@task("images.send_reports", every=60, queue=Queue.DELIVERIES)
def send_reports() -> None:
    services.send_due()
