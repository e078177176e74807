"""What people can be told of: rooms declare it in `images/<room>/notice_kinds.py`, and nothing else has to know it.

QUOTA = declare(
    NoticeKind("quota", _("Quotas near their limit"), Audience.OPERATE, OFTEN, _("for operators of a project")),
    place=70,
)
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


class Mail(TextChoices):
    """How a kind comes by e-mail."""

    NONE = "", _("no e-mail")
    NOW = "now", _("at once")
    DIGEST = "digest", _("in the daily digest")


class Choice(NamedTuple):
    """Which ways a person wants a kind by."""

    bell: bool
    mail: Mail


#: What people get of a kind until they choose otherwise.
OFTEN, SOON, QUIET = Choice(True, Mail.DIGEST), Choice(True, Mail.NOW), Choice(True, Mail.NONE)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`value`: as it is stored. `audience`: who hears of it in its project when a notice names nobody; `who`: the same
    in words. `usual`: what they get until they choose otherwise."""

    value: str
    label: Promise
    audience: Audience
    usual: Choice
    who: Promise

    def choice(self, chosen: Mapping[str, Mapping[str, object]]) -> Choice:
        """What somebody wants of it. `chosen`: NoticePreference.choices; what is not in it is as it is by default."""
        preference = chosen.get(self.value, {})
        mail = preference.get("mail", self.usual.mail)
        known = mail in Mail.values
        return Choice(bool(preference.get("bell", self.usual.bell)), Mail(str(mail)) if known else self.usual.mail)


_KINDS: dict[int, NoticeKind] = {}


def declare(kind: NoticeKind, *, place: int) -> NoticeKind:
    """From now on people can be told of it, and choose how. `place`: where it stands among the others. A ValueError
    when its value or the place is taken."""
    if place in _KINDS or find(kind.value):
        raise ValueError(f"{kind.value} at {place}: another kind is there")
    _KINDS[place] = kind
    return kind


def declared() -> list[NoticeKind]:
    return [_KINDS[place] for place in sorted(_KINDS)]


def find(value: str) -> NoticeKind | None:
    """None: a kind of another release."""
    return next((kind for kind in _KINDS.values() if kind.value == value), None)


def of(value: str) -> NoticeKind:
    """A ValueError for a kind of another release."""
    kind = find(value)
    if kind is None:
        raise ValueError(f"nobody has declared the kind {value}")
    return kind


def choices() -> list[tuple[str, Promise]]:
    """For a form: values and labels."""
    return [(kind.value, kind.label) for kind in declared()]
