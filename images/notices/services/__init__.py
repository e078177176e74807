"""Notices: what people are told, by the bell in the header, by e-mail and by webhooks (docs/notices.md).

Call `write_notice` inside the transaction of what happened:

    with transaction.atomic():
        …what happened…
        notices.write_notice(
            kind=notice_kinds.QUOTA,     # images/<room>/notice_kinds.py; a new kind is declared there
            project=project,             # None when it is about none
            subject=_("Images of %(project)s: 95 of 100") % {"project": project},  # a line, translated
            text=_("…"),                 # more, if there is more
            url=reverse("images:project", args=[project.pk]),  # where one reads on
        )

- **Who hears of it** follows from the kind: those who have that ability in the project when copies are made,
  a moment later; `people=Audience.…` takes others. `people=[user]` names them (a report is ready): nobody else hears of
  it, and somebody who may not see `project` (any more) never does. `but=[user]` leaves people out. What each of them
  gets by which way is their choice.
- **Once**: whoever calls says a thing once. `together=Merging(lambda n: (subject, url))` lets notices of one kind and
  project wait for each other some seconds and become one, so that ten thousand shares make no ten thousand mails.
- Webhooks of the project, and those of the whole console, hear of everything that they want to hear of.
- No secrets in it: it goes out by mail.

Nothing is sent here: a row is written, and workers are rung.
"""

from images.notices.kinds import Audience, NoticeKind
from images.notices.services.writing import Merging, write_notice

__all__ = ["Audience", "Merging", "NoticeKind", "write_notice"]
