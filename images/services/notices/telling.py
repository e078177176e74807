"""Writing a notice, in the transaction of what it tells of."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from images.models import Notice, Project
from images.notice_kinds import TOLD, Audience, NoticeKind
from images.services.doorbell import ring

TASK = "images.deliver_notices"
#: So long notices that can become one wait for each other.
TOGETHER = timedelta(seconds=20)

Many = Callable[[int], tuple[str, str]]


def tell(
    *,
    kind: NoticeKind | str,
    project: Project | None,
    subject: str,
    text: str = "",
    url: str = "",
    people: Iterable[User] | None = None,
    but: Iterable[User] = (),
    audience: Audience | None = None,
    many: Many | None = None,
    count: int = 1,
) -> Notice:
    """The package's docstring tells how to call it. Raises ValueError for a kind that there is not.

    `count`: of how many things it tells, with `many` for the words when there are more than one.
    """
    kind = NoticeKind(kind)
    if many:
        joined = _join(kind, project, audience or TOLD[kind].audience, many, count)
        if joined:
            return joined
        if count > 1:
            subject, url = many(count)
    named = people is not None
    now = timezone.now()
    notice = Notice.objects.create(
        at=now,
        kind=kind,
        project=project,
        subject=subject[:250],
        text=text,
        url=url[:300],
        audience=Audience.NAMED if named else audience or TOLD[kind].audience,
        people=sorted({one.pk for one in (people if people is not None else but)}),
        count=count,
        spread_at=now + TOGETHER if many else now,
    )
    if not many:
        ring(TASK)
    return notice


def _join(kind: NoticeKind, project: Project | None, audience: Audience, many: Many, count: int) -> Notice | None:
    """Adds to one that still waits for others; None: there is none. Who spreads it holds the row meanwhile."""
    waiting = Notice.objects.filter(kind=kind, project=project, audience=audience, spread_at__gt=timezone.now())
    notice = waiting.select_for_update(of=("self",)).order_by("pk").first()
    if notice is None:
        return None
    notice.count += count
    subject, notice.url = many(notice.count)
    notice.subject, notice.text = subject[:250], ""
    notice.save(update_fields=["count", "subject", "text", "url"])
    return notice
