from images.core.registries.schedule import task
from images.incoming.services import due


# new shares, changed policies, reminders that have come due
@task("images.judge_shares", every=30)
def judge_shares() -> None:
    due.work_due()
