"""What a project's policy says to an image that somebody shares with it: rule by rule, by itself, and by votes.

Pure: no rows, no clock. Inbox, automation and simulation ask the same functions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from images.core import humanize

ACCEPTED, REJECTED = "accepted", "rejected"

#: What makes an image another one (5.1.1): when one of these changes after a decision, it was about something else.
#: Names, descriptions, tags and times may change.
ESSENTIAL = (
    "checksum", "size", "__image_size", "disk_format", "container_format", "__os_type", "__platform", "__os_version",
    "__os_bit", "architecture", "__support_arm", "hw_firmware_type", "virtual_env_type", "min_disk", "__system__cmkid",
    "__whole_image", "owner",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """A version of a policy. None and empty: nothing is asked. Sizes are bytes; `tags` and `attributes` are
    (key, value) pairs whose empty value means any; an OS version may have "*". Version 0: nobody has set any."""

    version: int = 0
    approvals: int = 1
    one_rejection_ends: bool = True
    trusted: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    #: Owners count as trusted or barred when the address book says so.
    by_book: bool = False
    os_types: tuple[str, ...] = ()
    os_versions: tuple[str, ...] = ()
    max_age_days: int | None = None
    min_size: int | None = None
    max_size: int | None = None
    tags: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    unencrypted: bool = False
    reject_mismatch: bool = False
    reopen: bool = True
    remind_days: int | None = None
    escalate_days: int | None = None

    @property
    def rejections(self) -> int:
        """Votes against that end it."""
        return 1 if self.one_rejection_ends else self.approvals


@dataclass(frozen=True, slots=True)
class OfferedImage:
    """An image that is shared, as policies see it. `size`: bytes; `made_at`: its creation at IMS."""

    owner: str
    #: What the address book says of the owner: trusted, known, barred, or nothing.
    trust: str = ""
    os_type: str = ""
    os_version: str = ""
    size: int = 0
    encrypted: bool = False
    made_at: datetime | None = None
    #: (key, value) each; of a Glance several may have one key.
    tags: Sequence[tuple[str, str]] = ()
    #: Its document, read: what `attributes` of a policy look into.
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule and whether the image keeps it; `wanted` and `found` are words for people."""

    rule: str
    label: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that the policy takes by itself: "accepted" or "rejected", and why."""

    decision: str
    reason: str


class Vote(Protocol):
    """A vote that counts. `voter` is anything that tells people apart."""

    @property
    def voter(self) -> object: ...
    @property
    def approves(self) -> bool: ...


def findings(terms: Terms, image: OfferedImage, at: datetime) -> list[Finding]:
    """Every rule that the policy sets, in the order of its form."""
    found: list[Finding] = []
    if terms.os_types:
        holds = image.os_type.casefold() in {one.casefold() for one in terms.os_types}
        found.append(Finding("os_types", _("OS type"), _or(terms.os_types), _said(image.os_type), holds))
    if terms.os_versions:
        holds = any(_is_like(image.os_version, pattern) for pattern in terms.os_versions)
        found.append(Finding("os_versions", _("OS version"), _or(terms.os_versions), _said(image.os_version), holds))
    if terms.max_age_days is not None:
        found.append(_age(terms.max_age_days, image.made_at, at))
    if terms.min_size is not None:
        found.append(Finding("min_size", _("Smallest size"), _("at least %s") % humanize.size(terms.min_size),
                             humanize.size(image.size), image.size >= terms.min_size))  # fmt: skip
    if terms.max_size is not None:
        found.append(Finding("max_size", _("Largest size"), _("at most %s") % humanize.size(terms.max_size),
                             humanize.size(image.size), image.size <= terms.max_size))  # fmt: skip
    if terms.unencrypted:
        shown = _("encrypted") if image.encrypted else _("not encrypted")
        found.append(Finding("unencrypted", _("Encryption"), _("not encrypted"), shown, not image.encrypted))
    found += [_tag(one, image.tags) for one in terms.tags]
    found += [_pair("attributes", _("Attribute %s"), one, image.attributes) for one in terms.attributes]
    return found


def violated(terms: Terms, image: OfferedImage, at: datetime) -> list[Finding]:
    return [one for one in findings(terms, image, at) if not one.holds]


def ruling(terms: Terms, image: OfferedImage, at: datetime) -> Ruling | None:
    """What the policy decides without people; None: they decide. A trusted owner's image has to keep the rules too."""
    if image.owner in terms.barred or (terms.by_book and image.trust == "barred"):
        return Ruling(REJECTED, _("Its owner is barred."))
    failing = violated(terms, image, at)
    if failing and terms.reject_mismatch:
        return Ruling(REJECTED, _("It breaks a rule: %s.") % ", ".join(one.label for one in failing))
    trusted = image.owner in terms.trusted or (terms.by_book and image.trust == "trusted")
    if trusted and not failing:
        return Ruling(ACCEPTED, _("Its owner is trusted, and it keeps every rule."))
    return None


def tally(terms: Terms, votes: Iterable[Vote]) -> str:
    """What the votes decide: "accepted", "rejected", "" while more are needed. Nobody counts twice; when both are
    reached at once (a policy was changed to need fewer) the rejection counts."""
    words = {vote.voter: vote.approves for vote in votes}
    approvals = sum(words.values())
    if len(words) - approvals >= terms.rejections:
        return REJECTED
    return ACCEPTED if approvals >= terms.approvals else ""


def needs_words(terms: Terms, image: OfferedImage, *, approves: bool, at: datetime) -> str:
    """Why a vote must say something, as a sentence; empty: it need not."""
    if not approves:
        return _("Say why: whoever shares it will ask.")
    failing = len(violated(terms, image, at))
    if not failing:
        return ""
    said = ngettext(
        "The image breaks a rule of the policy. Say why it is approved all the same.",
        "The image breaks %(n)d rules of the policy. Say why it is approved all the same.",
        failing,
    )
    return said % {"n": failing}


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """(attribute, before, after) of what makes it another image. Absent, null and empty are the same (5.1.1)."""
    found = []
    for name in ESSENTIAL:
        old, new = (_text(one.get(name)) for one in (before, after))
        if old != new:
            found.append((name, old, new))
    return found


def due(terms: Terms, since: datetime) -> tuple[datetime | None, datetime | None]:
    """When somebody is to be reminded of a share that waits since then, and when it is escalated."""
    remind, escalate = (
        since + timedelta(days=days) if days else None for days in (terms.remind_days, terms.escalate_days)
    )
    return remind, escalate


def _age(days: int, made_at: datetime | None, at: datetime) -> Finding:
    wanted = ngettext("at most %(n)d day old", "at most %(n)d days old", days) % {"n": days}
    shown = humanize.age(made_at, at) if made_at else _("unknown")
    return Finding(
        "max_age_days", _("Age"), wanted, shown, made_at is not None and at - made_at <= timedelta(days=days)
    )


def _tag(wanted: tuple[str, str], held: Sequence[tuple[str, str]]) -> Finding:
    key, value = wanted
    values = [one for name, one in held if name == key]
    shown = ", ".join(filter(None, values)) or (_("is there") if values else _("is not there"))
    holds = bool(values) and (not value or value in values)
    return Finding("tags", _("Tag %s") % key, value or _("any value"), shown, holds)


def _pair(rule: str, label: str, wanted: tuple[str, str], held: Mapping[str, object]) -> Finding:
    key, value = wanted
    there = _text(held.get(key)) != ""
    shown = (_text(held[key]) or _("is there")) if there else _("is not there")
    holds = there and (not value or _text(held[key]) == value)
    return Finding(rule, label % key, value or _("any value"), shown, holds)


def _is_like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.casefold(), pattern.casefold().replace("[", "[[]").replace("?", "[?]"))


def _or(wanted: Sequence[str]) -> str:
    return _(" or ").join(wanted)


def _said(text: str) -> str:
    return text or _("not said")


def _text(value: object) -> str:
    if value is None or value in ([], {}):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
