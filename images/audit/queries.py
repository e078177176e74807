"""Reading the audit: what an address asks for, a page of it by keys, and all of it for a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from images.access.permissions import visible_projects
from images.audit.events import AuditEvent, declared, find
from images.audit.models import AuditEntry, AuditQuerySet
from images.clouds.models import Project
from images.core.days import day_of, midnight, search_text
from images.core.ids import id_of
from images.core.requests import Person
from images.core.spelling import containing

PER_PAGE = 50
_CHUNK = 2_000
#: Kind of an object → the condition for entries that are about it although they name another, by what identifies it.
_RELATED: dict[str, Callable[[str], Q]] = {}
#: First words of events that do not read well.
_FAMILIES = {"signin": _("Sign-in"), "mfa": _("Second factor"), "provider": _("Sign-in elsewhere")}


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What makes no sense counts as not asked. `event`: an event, or the first word of several ("signin"); `object`:
    "kind:ref", which also finds what is `related` to it; `text`: in the sentence, or a request id or address."""

    person: str = ""
    event: str = ""
    project: int = 0
    object: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "AuditQuery":
        event = query.get("event", "")
        return cls(
            person=search_text(query.get("person", "")),
            event=event if find(event) or event in families() else "",
            project=id_of(query.get("project", "")),
            object=search_text(query.get("object", "")),
            since=day_of(query.get("since", "")),
            until=day_of(query.get("until", "")),
            text=search_text(query.get("text", "")),
        )

    def of_these(self, entries: AuditQuerySet) -> AuditQuerySet:
        if self.person:
            entries = entries.filter(_person(self.person))
        if self.event:
            entries = entries.filter(
                event__in=[event for event in declared() if event == self.event or _in(event, self.event)]
            )
        if self.project:
            entries = entries.filter(project_pk=self.project)
        if self.object:
            entries = entries.filter(_object(self.object))
        if self.since:
            entries = entries.filter(at__gte=midnight(self.since))
        if self.until:
            entries = entries.filter(at__lt=midnight(self.until, days=1))
        if self.text:
            entries = entries.filter(
                containing("sentence", self.text) | Q(request_id=self.text) | Q(address=self.text.lower())
            )
        return entries


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Fifty entries, newest first. `older`, `newer`: the keys of the pages beside it, 0 where there is none."""

    entries: Sequence[AuditEntry]
    older: int
    newer: int


def families() -> dict[str, str]:
    """First words of events, and how people read them."""
    return {name: str(_FAMILIES.get(name, name.capitalize())) for name, _members in _families()}


def events() -> list[tuple[str, list[tuple[str, str]]]]:
    """All events by their first word, for a choice."""
    named = families()
    return [(named[name], [(event.value, str(event.label)) for event in members]) for name, members in _families()]


def page_of(user: Person, query: AuditQuery, *, before: str = "", after: str = "") -> AuditPage:
    """Entries that this person may see, by keys: `before` an id the older ones, `after` an id the newer ones."""
    entries = query.of_these(AuditEntry.objects.visible_to(user))
    low, high = id_of(after), id_of(before)
    if low:
        rows = list(entries.filter(pk__gt=low).order_by("pk")[: PER_PAGE + 1])
        more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE][::-1]
        return AuditPage(rows, rows[-1].pk if rows else low + 1, rows[0].pk if more else 0)
    rows = list((entries.filter(pk__lt=high) if high else entries).order_by("-pk")[: PER_PAGE + 1])
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    return AuditPage(rows, rows[-1].pk if more else 0, (rows[0].pk if rows else high - 1) if high else 0)


def all_of(user: Person, query: AuditQuery) -> Iterator[AuditEntry]:
    """Everything that matches, oldest first, a few at a time."""
    entries = query.of_these(AuditEntry.objects.visible_to(user))
    last = 0
    while rows := list(entries.filter(pk__gt=last).order_by("pk")[:_CHUNK]):
        yield from rows
        last = rows[-1].pk


def entries_about(kind: str, ref: str, event: AuditEvent) -> AuditQuerySet:
    """What became of one object in one way, whoever may see it: for pages that show it to those who see the object."""
    return AuditEntry.objects.filter(event=event, subject_kind=kind, subject_ref=ref)


def projects(user: Person) -> Sequence[Project]:
    """Those that a filter may name."""
    return list(visible_projects(user).select_related("region"))


def people(user: Person) -> Sequence[str]:
    """Names to complete from; only administrators of the console are told all of them."""
    if not (user.is_staff or user.is_superuser):
        return []
    return list(get_user_model().objects.order_by("username").values_list("username", flat=True)[:500])


def related(kind: str, entries: Callable[[str], Q]) -> None:
    """From now on who asks for an object of this kind also gets the entries that `entries` names: rooms above know what
    was done to it under another name (images/<room>/listeners.py)."""
    _RELATED[kind] = entries


def _families() -> list[tuple[str, list[AuditEvent]]]:
    return [(name, list(members)) for name, members in groupby(declared(), lambda event: event.partition(".")[0])]


def _in(event: AuditEvent, family: str) -> bool:
    return event.partition(".")[0] == family


def _person(name: str) -> Q:
    """By account where there is one, so that the index serves, and an earlier name counts too."""
    pk = get_user_model().objects.filter(username=name).values_list("pk", flat=True).first()
    return Q(actor_name=name) if pk is None else Q(actor_pk=pk)


def _object(text: str) -> Q:
    kind, _colon, ref = text.partition(":")
    it = Q(subject_kind=kind, subject_ref=ref)
    return it | _RELATED[kind](ref) if kind in _RELATED else it
