"""What people are told of. A value names the thing; add a line here for a new kind, nothing else has to know it.

`audience` says who hears of it in its project when a notice names nobody: a word of `Audience`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Audience(TextChoices):
    """Who in the project of a notice; without a project everybody but `staff` is nobody."""

    VIEW = "view", _("everybody who sees the project")
    OPERATE = "operate", _("operators")
    DECIDE = "decide", _("approvers")
    ADMINISTER = "administer", _("administrators of the project")
    STAFF = "staff", _("administrators of the console")
    NAMED = "named", _("those whom it names")


class NoticeKind(TextChoices):
    SHARE = "share", _("Shares that wait for a decision")
    SHARE_LATE = "share_late", _("Shares that wait for long")
    DECISION = "decision", _("Decisions about shares")
    CONSENT = "consent", _("Requests for a second person's consent")
    ANSWER = "answer", _("Answers to your requests for consent")
    OPERATION = "operation", _("Your operations that did not end well")
    QUOTA = "quota", _("Quotas near their limit")
    SYNC = "sync", _("Projects that do not synchronise, credentials that do not work")
    REPORT = "report", _("Reports that were mailed, or no longer are")
    WEBHOOK = "webhook", _("Webhooks that do not arrive")


class Mail(TextChoices):
    """How a kind comes by e-mail."""

    NONE = "", _("no e-mail")
    NOW = "now", _("at once")
    DIGEST = "digest", _("in the daily digest")


class Choice(NamedTuple):
    """Which ways a person wants a kind by."""

    bell: bool
    mail: Mail


class _Told(NamedTuple):
    audience: Audience
    choice: Choice
    who: Promise


_OFTEN, _SOON, _QUIET = Choice(True, Mail.DIGEST), Choice(True, Mail.NOW), Choice(True, Mail.NONE)
#: Who hears of a kind, what they get until they choose otherwise, and for whom it is in words.
TOLD: Mapping[str, _Told] = {
    NoticeKind.SHARE: _Told(Audience.DECIDE, _OFTEN, _("for approvers of a project")),
    NoticeKind.SHARE_LATE: _Told(
        Audience.DECIDE, _SOON, _("for approvers and, when it takes too long, administrators")
    ),
    NoticeKind.DECISION: _Told(Audience.VIEW, _QUIET, _("for everybody in the project")),
    NoticeKind.CONSENT: _Told(Audience.DECIDE, _SOON, _("for approvers of a project, but not who asks")),
    NoticeKind.ANSWER: _Told(Audience.NAMED, _SOON, _("for whoever asked")),
    NoticeKind.OPERATION: _Told(Audience.NAMED, _OFTEN, _("for whoever asked")),
    NoticeKind.QUOTA: _Told(Audience.OPERATE, _OFTEN, _("for operators of a project")),
    NoticeKind.SYNC: _Told(Audience.ADMINISTER, _SOON, _("for administrators of a project")),
    NoticeKind.REPORT: _Told(Audience.NAMED, _QUIET, _("for whoever asked")),
    NoticeKind.WEBHOOK: _Told(Audience.ADMINISTER, _OFTEN, _("for those who look after the webhook")),
}


def choice_of(kind: str, chosen: Mapping[str, Mapping[str, object]]) -> Choice:
    """What somebody wants of a kind. `chosen`: NoticePreference.choices; what is not in it is as it is by default."""
    usual = TOLD[kind].choice
    said = chosen.get(kind, {})
    mail = said.get("mail", usual.mail)
    return Choice(bool(said.get("bell", usual.bell)), Mail(str(mail)) if mail in Mail.values else usual.mail)
