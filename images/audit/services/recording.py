"""Writing an entry, in the transaction of what it tells of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, models, transaction

from console.logs import client_address
from console.logs import request_id as current_request
from images.audit.events import AuditEvent
from images.audit.models import AuditEntry
from images.audit.services.redaction import HIDDEN, clean, is_secret
from images.audit.services.sealing import seal, stamp_of
from images.audit.services.sentences import sentence_of
from images.clouds.models import Project
from images.core import clock


@dataclass(frozen=True, slots=True)
class Subject:
    """What something was done to, when it is no row (any more), or better known by another key: an image by its ID at
    IMS, which outlives its row. `kind` as a model's name in small letters."""

    kind: str
    ref: str = ""
    name: str = ""

    @classmethod
    def of(cls, row: "models.Model | Subject | None") -> "Subject":
        """A row is known by its primary key."""
        match row:
            case None:
                return cls("")
            case Subject():
                return row
            case User():
                return cls("person", str(row.pk), row.get_username())
            case _:
                return cls(row._meta.model_name or "", str(row.pk), str(row))


def record(
    *,
    event: AuditEvent,
    actor: User | AnonymousUser | None,
    project: Project | None = None,
    subject: models.Model | Subject | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    **words: str,
) -> AuditEntry | None:
    """Writes down an act, inside the caller's transaction; None when `before` and `after` do not differ.

    `words`: `sentence`, `request_id`, `actor_name` (of somebody who has no account) instead of what is found by
    itself. The package's docstring tells how to call it.
    """
    if before is not None and after is not None:
        before, after = _differences(before, after)
        if not before and not after:
            return None
    what = Subject.of(subject)
    entry = AuditEntry(
        at=clock.now(),
        event=event,
        actor_pk=actor.pk if actor else None,
        actor_name=clean(words.get("actor_name") or (actor.get_username() if actor else ""))[:150],
        project_pk=project.pk if project else None,
        project_name=clean(_place(project))[:220] if project else "",
        subject_kind=what.kind[:40],
        subject_ref=clean(what.ref)[:100],
        subject_name=clean(what.name)[:255],
        before=clean(before),
        after=clean(after),
        details=clean(details or {}),
        request_id=words.get("request_id", _request())[:64],
        address=client_address.get(),
    )
    entry.sentence = clean(words.get("sentence") or sentence_of(entry))
    entry.stamp = stamp_of(entry)
    with transaction.atomic():
        entry.save()
        _seal_soon()
    return entry


def column_values(row: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """Columns of a row for `before` and `after`; what they refer to by its name."""
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> Any:
    return str(value) if isinstance(value, models.Model) else value


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: _told(key, before) for key in keys if key in before}, {
        key: _told(key, after) for key in keys if key in after
    }


def _told(key: str, values: Mapping[str, Any]) -> Any:
    return (HIDDEN if values[key] else "") if is_secret(key) else values[key]


def _place(project: Project) -> str:
    return f"{project.name} ({project.region.name})"


def _request() -> str:
    request_id = current_request.get()
    return "" if request_id == "-" else request_id


def _seal_soon() -> None:
    """SQLite has one writer at a time anyway, so the chain grows in the same transaction. Elsewhere a lock on its end
    would make all who write wait for each other: there it grows in a short transaction after the commit."""
    if connection.vendor == "sqlite":
        seal()
    else:
        transaction.on_commit(_seal_now, robust=True)


def _seal_now() -> None:
    seal()
