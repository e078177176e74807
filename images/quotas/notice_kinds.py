from django.utils.translation import gettext_lazy as _

from images.notices.kinds import OFTEN, Audience, NoticeKind, declare

QUOTA = declare(
    NoticeKind(
        "quota",
        _("Quotas near their limit"),
        Audience.OPERATE,
        OFTEN,
        _("for operators of a project"),
    ),
    place=70,
)
