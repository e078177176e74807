"""Writing a notice, in the transaction of what it tells of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User

from images.clouds.models import Project
from images.core import clock
from images.core.wake import wake_up
from images.notices.kinds import Audience, NoticeKind
from images.notices.models import Notice

TASK = "images.deliver_notices"
#: So long notices that can become one wait for each other.
TOGETHER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Merging:
    """Lets a notice become one with others of its kind and project.

    `words`: (subject, url) for so many things; `count`: of how many this one tells.
    """

    words: Callable[[int], tuple[str, str]]
    count: int = 1


def write_notice(
    *,
    kind: NoticeKind,
    project: Project | None,
    subject: str,
    text: str = "",
    url: str = "",
    people: Iterable[User] | Audience | None = None,
    but: Iterable[User] = (),
    together: Merging | None = None,
) -> Notice:
    """The package's docstring tells how to call it."""
    now = clock.now()
    audience = people if isinstance(people, Audience) else kind.audience if people is None else Audience.NAMED
    named = but if people is None or isinstance(people, Audience) else people
    count = together.count if together else 1
    if together:
        if joined := _join(kind, project, audience, together):
            return joined
        if count > 1:
            subject, url = together.words(count)
    notice = Notice.objects.create(
        at=now,
        kind=kind.value,
        project=project,
        subject=subject[:250],
        text=text,
        url=url[:300],
        audience=audience,
        people=sorted({person.pk for person in named}),
        count=count,
        spread_at=now + TOGETHER if together else now,
    )
    if not together:
        wake_up(TASK)
    return notice


def _join(kind: NoticeKind, project: Project | None, audience: Audience, together: Merging) -> Notice | None:
    """Adds to one that still waits for others; None: there is none. Who spreads it holds the row meanwhile."""
    waiting = Notice.objects.filter(kind=kind.value, project=project, audience=audience, spread_at__gt=clock.now())
    notice = waiting.select_for_update(of=("self",)).order_by("pk").first()
    if notice is None:
        return None
    notice.count += together.count
    subject, notice.url = together.words(notice.count)
    notice.subject, notice.text = subject[:250], ""
    notice.save(update_fields=["count", "subject", "text", "url"])
    return notice
