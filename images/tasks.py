"""Celery entries, one line each into a service. Nobody imports them; services ring by name (services/doorbell.py)."""

from celery import shared_task

from images.services import background, consent, quota_samples, removal, reports, schedule, shares, tag_trends
from images.services.audit import sealing
from images.services.incoming import judging
from images.services.notices import delivering, watching
from images.services.notices import keeping as notice_keeping
from images.services.operations import carrier
from images.services.tag_files import keeping
from images.services.uploads import clearing


@shared_task(name="images.sync_due")
def sync_due() -> None:
    schedule.ring_for_due()


@shared_task(name="images.sync_holder")
def sync_holder(ref: str) -> None:
    background.sync_rung(ref)


@shared_task(name="images.clear_removed")
def clear_removed() -> None:
    removal.clear_removed()


@shared_task(name="images.carry")
def carry() -> None:
    carrier.carry_rung()


@shared_task(name="images.carry_due")
def carry_due() -> None:
    carrier.ring_for_due()


@shared_task(name="images.seal_audit")
def seal_audit() -> None:
    sealing.seal()


@shared_task(name="images.clear_tag_files")
def clear_tag_files() -> None:
    keeping.clear_expired()


@shared_task(name="images.judge_shares")
def judge_shares() -> None:
    judging.work_due()


@shared_task(name="images.clear_uploads")
def clear_uploads() -> None:
    clearing.clear()


@shared_task(name="images.read_members")
def read_members() -> None:
    shares.read_due()


@shared_task(name="images.expire_consents")
def expire_consents() -> None:
    consent.expire_due()


@shared_task(name="images.sample_tags")
def sample_tags() -> None:
    tag_trends.sample()


@shared_task(name="images.sample_quotas")
def sample_quotas() -> None:
    quota_samples.sample_due()


@shared_task(name="images.thin_quota_samples")
def thin_quota_samples() -> None:
    quota_samples.thin()


@shared_task(name="images.send_reports")
def send_reports() -> None:
    reports.send_due()


@shared_task(name="images.deliver_notices")
def deliver_notices() -> None:
    delivering.work_due()


@shared_task(name="images.watch_projects")
def watch_projects() -> None:
    watching.look()


@shared_task(name="images.clear_notices")
def clear_notices() -> None:
    notice_keeping.clear_old()
