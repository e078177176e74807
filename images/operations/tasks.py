from images.core.registries.schedule import Queue, task
from images.operations.services import consent, waking


@task("images.carry", queue=Queue.OPERATIONS)
def carry() -> None:
    waking.execute_woken()


# in case a ring was lost or the carrier died
@task("images.carry_due", every=5)
def carry_due() -> None:
    waking.wake_for_due()


@task("images.expire_consents", every=60)
def expire_consents() -> None:
    consent.expire_due()
