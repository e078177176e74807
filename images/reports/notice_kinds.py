from django.utils.translation import gettext_lazy as _

from images.notices.kinds import QUIET, Audience, NoticeKind, declare

REPORT = declare(
    NoticeKind(
        "report", _("Reports that were mailed, or no longer are"), Audience.NAMED, QUIET, _("for whoever asked")
    ),
    place=90,
)
