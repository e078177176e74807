from django.utils.translation import gettext_lazy as _

from images.notices.kinds import OFTEN, QUIET, SOON, Audience, NoticeKind, declare

SHARE = declare(
    NoticeKind(
        "share",
        _("Shares that wait for a decision"),
        Audience.DECIDE,
        OFTEN,
        _("for approvers of a project"),
    ),
    place=10,
)
SHARE_LATE = declare(
    NoticeKind(
        "share_late",
        _("Shares that wait for long"),
        Audience.DECIDE,
        SOON,
        _("for approvers and, when it takes too long, administrators"),
    ),
    place=20,
)
DECISION = declare(
    NoticeKind(
        "decision",
        _("Decisions about shares"),
        Audience.VIEW,
        QUIET,
        _("for everybody in the project"),
    ),
    place=30,
)
