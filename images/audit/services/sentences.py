"""An entry as a sentence."""

from django.utils.translation import gettext as _

from images.audit.models import AuditEntry

#: Differences that a sentence spells out; the entry holds all of them.
_SPELT = 3
_LONGEST = 60


def sentence_of(entry: AuditEntry) -> str:
    """“anna changed the team “Core” in build (eu-west-0): name “core” → “Core””."""
    who = entry.actor_name or _("The console")
    parts = [who, entry.label]
    if entry.subject_name:
        parts.append(f"“{entry.subject_name}”")
    if entry.project_name and entry.subject_kind != "project":
        parts.append(_("in %(project)s") % {"project": entry.project_name})
    changes = _changes(entry)
    return " ".join(parts) + (f": {changes}" if changes else "")


def _changes(entry: AuditEntry) -> str:
    before, after = entry.before or {}, entry.after or {}
    if not before or not after:
        return ""
    names = list({**before, **after})
    changes = [f"{name} {_value(before.get(name))} → {_value(after.get(name))}" for name in names[:_SPELT]]
    more = len(names) - _SPELT
    return ", ".join(changes) + (_(" and %(n)d more") % {"n": more} if more > 0 else "")


def _value(value: object) -> str:
    if value in (None, "", [], {}):
        return "–"
    text = str(value)
    return f"“{text[:_LONGEST]}…”" if len(text) > _LONGEST else f"“{text}”"
