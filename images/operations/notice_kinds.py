from django.utils.translation import gettext_lazy as _

from images.notices.kinds import OFTEN, SOON, Audience, NoticeKind, declare

CONSENT = declare(
    NoticeKind(
        "consent",
        _("Requests for a second person's consent"),
        Audience.DECIDE,
        SOON,
        _("for approvers of a project, but not who asks"),
    ),
    place=40,
)
ANSWER = declare(
    NoticeKind(
        "answer",
        _("Answers to your requests for consent"),
        Audience.NAMED,
        SOON,
        _("for whoever asked"),
    ),
    place=50,
)
OPERATION = declare(
    NoticeKind(
        "operation",
        _("Your operations that did not end well"),
        Audience.NAMED,
        OFTEN,
        _("for whoever asked"),
    ),
    place=60,
)
