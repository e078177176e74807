"""What comes due by itself: reminders, escalations, and what an old policy has judged; and the audit of it all."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from images.audit.models import AuditEntry
from images.incoming.models import IncomingShare
from images.incoming.services import decisions, due
from images.incoming.services.votes import vote
from images.operations.enums import ItemState
from tests.incoming.conftest import offer, revoke


def pass_days(share: IncomingShare, days: int) -> None:
    """As if it had come so many days earlier."""
    back = timedelta(days=days)
    share.refresh_from_db()
    columns = ("first_seen_at", "waiting_since", "remind_at", "escalate_at")
    told = {name: getattr(share, name) - back for name in columns if getattr(share, name)}
    IncomingShare.objects.filter(pk=share.pk).update(**told)


def test_who_is_not_answered_is_reminded_of_then_escalated_once_each(ours, policy):
    policy(remind_days=3, escalate_days=7)
    (share,) = offer(ours, 1)
    due.work_due()
    assert not share.events.filter(kind__in=["reminded", "escalated"]).exists()
    for days, kinds in ((4, ["reminded"]), (4, ["reminded", "escalated"]), (9, ["reminded", "escalated"])):
        pass_days(share, days)
        due.work_due()
        found = share.events.filter(kind__in=["reminded", "escalated"]).values_list("kind", flat=True)
        assert list(found) == kinds
    assert AuditEntry.objects.filter(event__in=["share.reminded", "share.escalated"]).count() == 2


def test_nobody_is_reminded_of_what_is_decided_or_taken_back(ours, ada, policy):
    policy(remind_days=1)
    decided, gone = offer(ours, 1, 2)
    vote(actor=ada, shares=[decided], approves=True)
    revoke(ours, gone)
    assert not IncomingShare.objects.filter(remind_at__isnull=False).exists()


def test_each_word_and_decision_is_in_the_audit_with_who_and_by_which_policy(ours, ada, policy):
    policy(approvals=1)
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True, comment="Looked at it.")
    told = {entry.event: entry for entry in AuditEntry.objects.filter(subject_kind="share", subject_ref=str(share.pk))}
    assert {"share.approved", "share.decided"} <= set(told)
    entry = told["share.approved"]
    assert (entry.actor_name, entry.project_pk, entry.details["said"]) == ("ada", ours.pk, "Looked at it.")
    assert entry.details["policy"] == 1
    changed = AuditEntry.objects.get(event="share_policy.changed")
    assert changed.after["approvals"] == 1


@pytest.mark.parametrize("state", [ItemState.FAILED, ItemState.CANCELLED])
def test_what_ims_refused_is_shown_with_its_code_and_what_to_do(ours, ada, state):
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    share.refresh_from_db()
    share.item.state, share.item.error_code, share.item.error = state, "IMG.0027", "The image is not there."
    share.item.finished_at = timezone.now()
    share.item.save()
    client = Client()
    client.force_login(ada)
    page = client.get(f"/sharing/in/{share.pk}/").content.decode()
    for part in ("IMG.0027", "The image is not there.", "Send it again", "did not arrive"):
        assert part in page
    assert share.name in client.get("/sharing/in/?box=sending&flag=stuck").content.decode()
    assert client.post(f"/sharing/in/{share.pk}/send/").status_code == 302
    share.refresh_from_db()
    assert not decisions.is_stuck(share)
    assert "Send it again" not in client.get(f"/sharing/in/{share.pk}/").content.decode()
