"""The address book of partners: who adds, changes and removes entries, by hand, from a CSV file or from IAM."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from images.access.permissions import check_can_manage_accounts
from images.audit import services as audit
from images.clouds.models import Account, Project
from images.clouds.services.connection import connection_of
from images.clouds.services.discovery import discover
from images.core.locking import locked
from images.partners.audit_events import PartnerEvent
from images.partners.enums import PartnerSource, Trust
from images.partners.models import Partner
from images.partners.permissions import can_set_trust, check_can_edit_partners, check_can_set_trust
from images.partners.rules import check_project_id

#: Columns of a CSV file; `name` and `project_id` have to be there.
COLUMNS: Final = ("project_id", "name", "organisation", "region", "notes", "trust")
MOST_ROWS: Final = 5000


class PartnerRefused(Exception):
    """It was not kept; the message says why. `field`: the entry that it is about, "" for none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a project of somebody else."""

    project_id: str
    name: str
    organisation: str = ""
    region: str = ""
    notes: str = ""
    trust: str = Trust.KNOWN.value


@dataclass
class Imported:
    """What came of an import: entries that are new, those that were there and stay as they are, and lines with what is
    wrong with them (number from 1, sentence)."""

    added: list[Partner] = field(default_factory=list)
    present: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def add(*, actor: User, entry: Entry, source: str = PartnerSource.TYPED) -> Partner:
    """A new entry. Raises PermissionDenied, also for a trust that the actor may not give, and PartnerRefused."""
    check_can_edit_partners(actor)
    if entry.trust != Trust.KNOWN:
        check_can_set_trust(actor)
    problem = problem_of(entry)
    if problem:
        raise problem
    try:
        with transaction.atomic():
            added = Partner.objects.create(
                **{name: getattr(entry, name) for name in COLUMNS},
                source=source,
                added_by=actor,
                added_by_name=actor.get_username(),
            )
            audit.record(
                event=PartnerEvent.ADDED, actor=actor, subject=added, after=audit.column_values(added, COLUMNS)
            )
            return added
    except IntegrityError as error:
        raise PartnerRefused(_("This project is in the address book already."), "project_id") from error


def change(*, actor: User, partner: Partner, entry: Entry) -> Partner:
    """What is known of it now; its ID stays. Raises PermissionDenied."""
    check_can_edit_partners(actor)
    with transaction.atomic():
        now: Partner = locked(Partner.objects.all(), partner)
        if entry.trust != now.trust:
            check_can_set_trust(actor)
        before = audit.column_values(now, COLUMNS)
        for name in COLUMNS[1:]:
            setattr(now, name, getattr(entry, name))
        now.save()
        after = audit.column_values(now, COLUMNS)
        audit.record(event=PartnerEvent.CHANGED, actor=actor, subject=now, before=before, after=after)
    return now


def remove(*, actor: User, partner: Partner) -> None:
    """Takes the entry away; what is shared with it stays shared, and is pointed out. Raises PermissionDenied."""
    check_can_edit_partners(actor)
    with transaction.atomic():
        partner = locked(Partner.objects.all(), partner)
        if partner.trust != Trust.KNOWN:
            check_can_set_trust(actor)
        before = audit.column_values(partner, COLUMNS)
        audit.record(event=PartnerEvent.REMOVED, actor=actor, subject=partner, before=before)
        partner.delete()


def problem_of(entry: Entry) -> PartnerRefused | None:
    """Why this cannot be an entry."""
    broken = check_project_id(entry.project_id)
    if broken:
        return PartnerRefused(broken.message, "project_id")
    if not entry.name.strip():
        return PartnerRefused(_("Give it a name."), "name")
    if Project.objects.managed().filter(project_id=entry.project_id).exists():
        return PartnerRefused(_("This project is managed here: it is in the address book by itself."), "project_id")
    return None


# --- many at once -----------------------------------------------------------------------------------------------------
def import_csv(*, actor: User, text: str) -> Imported:
    """Adds what the file has and the book has not; entries that are there stay as they are. Lines that cannot be read
    are told and left out. Raises PermissionDenied, and PartnerRefused when it is no such file."""
    check_can_edit_partners(actor)
    rows, result = _rows(text), Imported()
    fresh: dict[str, Entry] = {}
    for number, row in rows:
        entry = _entry(row)
        problem = _problem_of_row(actor, entry)
        if problem:
            result.problems.append((number, problem))
        else:
            fresh.setdefault(entry.project_id, entry)
    return _add_all(actor, fresh, PartnerSource.CSV, result)


def import_found(*, actor: User, account: Account, project_ids: Iterable[str], organisation: str = "") -> Imported:
    """Adds those of the projects that an account's credential opens. Raises PermissionDenied, ConnectionRefused,
    SecretUnreadable."""
    check_can_manage_accounts(actor)  # it signs in with the secret of an account
    wanted = set(project_ids)
    entries = {entry.project_id: entry for entry in projects_found_by(account) if entry.project_id in wanted}
    chosen = {
        project_id: Entry(**{**_as_dict(entry), "organisation": organisation}) for project_id, entry in entries.items()
    }
    return _add_all(actor, chosen, PartnerSource.IAM, Imported())


def projects_found_by(account: Account) -> list[Entry]:
    """The projects that the account's credential opens and that are neither managed here nor in the book (3.1, 9.4).

    Raises ConnectionRefused, SecretUnreadable.
    """
    seen = {project.project_id: project for project in discover(connection_of(account))}
    known = set(Partner.objects.filter(project_id__in=seen).values_list("project_id", flat=True))
    known |= set(Project.objects.managed().filter(project_id__in=seen).values_list("project_id", flat=True))
    return [
        Entry(project.project_id, project.name[:100], region=project.region[:100], notes=project.description)
        for project in seen.values()
        if project.project_id not in known
    ]


def _add_all(actor: User, fresh: dict[str, Entry], source: str, result: Imported) -> Imported:
    with transaction.atomic():
        present = set(Partner.objects.filter(project_id__in=fresh).values_list("project_id", flat=True))
        result.present = len(present)
        result.added = [
            add(actor=actor, entry=entry, source=source) for entry in fresh.values() if entry.project_id not in present
        ]
    return result


def _rows(text: str) -> Sequence[tuple[int, dict[str, str]]]:
    """Line numbers and what stands in them. Raises PartnerRefused."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    try:
        return _rows_of(reader)
    except csv.Error as error:  # one of more than 131,072 characters, for instance, also in the first line
        raise PartnerRefused(_("Line %(number)d cannot be read.") % {"number": reader.line_num}, "file") from error


def _rows_of(reader: "csv.DictReader[str]") -> Sequence[tuple[int, dict[str, str]]]:
    names = [str(name or "").strip().lower() for name in reader.fieldnames or ()]
    if not {"project_id", "name"} <= set(names):
        raise PartnerRefused(
            _("The first line names the columns: project_id and name at least, and any of %(more)s.")
            % {"more": ", ".join(COLUMNS[2:])},
            "file",
        )
    reader.fieldnames = names
    rows = [
        (reader.line_num, {name: str(value or "").strip() for name, value in row.items() if isinstance(name, str)})
        for row in reader
    ]
    if len(rows) > MOST_ROWS:
        raise PartnerRefused(_("At most %(most)d lines at once.") % {"most": MOST_ROWS}, "file")
    return rows


def _entry(row: dict[str, str]) -> Entry:
    entry = Entry(**{name: row.get(name, "").replace("\0", "") for name in COLUMNS})
    return Entry(**{**_as_dict(entry), "trust": entry.trust.lower() or Trust.KNOWN.value})


def _problem_of_row(actor: User, entry: Entry) -> str:
    problem = problem_of(entry)
    if problem:
        return str(problem)
    if entry.trust not in Trust:
        return _("The trust is one of %(words)s.") % {"words": ", ".join(Trust.values)}
    if entry.trust != Trust.KNOWN and not can_set_trust(actor):
        return _("Only administrators of a project say whom we trust and whom we bar.")
    for name, most in (("name", 100), ("organisation", 200), ("region", 100)):
        if len(getattr(entry, name)) > most:
            return _("%(column)s is longer than %(most)d characters.") % {"column": name, "most": most}
    return ""


def _as_dict(entry: Entry) -> dict[str, str]:
    return {name: getattr(entry, name) for name in COLUMNS}
