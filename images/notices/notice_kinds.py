from django.utils.translation import gettext_lazy as _

from images.notices.kinds import OFTEN, SOON, Audience, NoticeKind, declare

SYNC = declare(
    NoticeKind(
        "sync",
        _("Projects that do not synchronise, credentials that do not work"),
        Audience.ADMINISTER,
        SOON,
        _("for administrators of a project"),
    ),
    place=80,
)
WEBHOOK = declare(
    NoticeKind(
        "webhook",
        _("Webhooks that do not arrive"),
        Audience.ADMINISTER,
        OFTEN,
        _("for those who look after the webhook"),
    ),
    place=100,
)
