"""Reports by mail: a row says what is due, a sender claims it by moving its moment, and what failed is tried again.

A sender that dies between mail and row sends it twice: a report that comes twice does less harm than one that never
comes.
"""

import logging
import smtplib
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from images.access.permissions import visible_projects
from images.audit import services as audit
from images.clouds.models import Project
from images.core import backoff, clock
from images.core.claims import claim, held
from images.core.csv_cells import escape_formula, line_writer
from images.core.sweeping import FAULT, attempt, fault_text
from images.notices import services as notices
from images.reports import notice_kinds
from images.reports.audit_events import ReportEvent
from images.reports.enums import Rhythm
from images.reports.models import ReportSchedule
from images.reports.queries import REPORTS, Report, Row, Span, months_after, rows_of

logger = logging.getLogger(__name__)

#: A claim holds so long; then somebody else may send it.
_CLAIM = timedelta(minutes=10)
_ATTEMPTS = 6
#: One person's; nobody reads more.
_MOST = 20


def projects_of(user: User, pks: Sequence[int]) -> list[Project]:
    """Those of these (none given: all) that this person may see now, by region and name."""
    seen = visible_projects(user).select_related("region")
    return list(seen.filter(pk__in=pks) if pks else seen)


def schedule(*, actor: User, report: str, projects: Sequence[int], rhythm: Rhythm, hour: int) -> ReportSchedule:
    """Sends the report to the actor from now on. Raises ValidationError for people without an address, and for projects
    that they do not see."""
    if not actor.email:
        raise ValidationError(_("There is no e-mail address in your account to send it to."))
    if len(projects_of(actor, projects)) < max(1, len(set(projects))):
        raise ValidationError(_("There is no such project."))
    if ReportSchedule.objects.filter(owner=actor).count() >= _MOST:
        raise ValidationError(_("These are as many as one person can have: %(n)d.") % {"n": _MOST})
    zone = timezone.get_current_timezone_name()
    zone = zone if zone in available_timezones() else "UTC"
    due = next_after(clock.now(), rhythm, hour, zone)
    with transaction.atomic():
        row = ReportSchedule.objects.create(
            owner=actor, report=report, projects=sorted(set(projects)), rhythm=rhythm, hour=hour, zone=zone,
            next_at=due, due_at=due,
        )  # fmt: skip
        audit.record(event=ReportEvent.SCHEDULED, actor=actor, subject=row, after=_told(row))
    return row


def unschedule(*, actor: User, schedule: ReportSchedule) -> None:
    """Raises PermissionDenied: only its owner ends it."""
    if schedule.owner_id != actor.pk:
        raise PermissionDenied(_("Only the person who gets this report ends it."))
    with transaction.atomic():
        audit.record(event=ReportEvent.UNSCHEDULED, actor=actor, subject=schedule, before=_told(schedule))
        schedule.delete()


def next_after(moment: datetime, rhythm: str, hour: int, zone: str) -> datetime:
    """The next first of a month, or Monday, at that hour in that zone, after the moment."""
    here = ZoneInfo(zone)
    day = moment.astimezone(here).date()
    for ahead in range(33):
        candidate = day + timedelta(days=ahead)
        if candidate.day == 1 if rhythm == Rhythm.MONTHLY else candidate.weekday() == 0:
            due = datetime.combine(candidate, time(hour), here)
            if due > moment:
                return due
    raise AssertionError("a month has a first day, and a week a Monday")


def send_due() -> int:
    """Sends what is due; returns how many went out."""
    schedules = ReportSchedule.objects.select_related("owner")
    sent = 0
    while due := claim(schedules, 1, lease=_CLAIM, counter="attempts", backoff=backoff.REPORTS):
        sent += sum(map(_sent, due))
    return sent


def _sent(row: ReportSchedule) -> bool:
    tried = attempt("reports", row.pk, partial(_send, row))
    if tried.fault is not None:
        _later(row, FAULT)
    return bool(tried.result)


def csv_lines(report: Report, rows: Sequence[Row]) -> list[str]:
    """The report as lines of CSV, with the mark that tells Excel that it is UTF-8."""
    write = line_writer()
    headings = [column.name + ("_bytes" if column.unit == "bytes" else "") for column in report.columns]
    lines = ["\ufeff" + write(["month", "project", "project_id", "region", *headings])]
    for row in rows:
        project = row.project
        place = [
            f"{row.month:%Y-%m}",
            escape_formula(project.name),
            project.project_id,
            escape_formula(project.region.name),
        ]
        lines.append(write([*place, *row.figures]))
    return lines


def span_of(row: ReportSchedule) -> Span:
    """Each month the one that has ended; each week the present month and the one before."""
    day: date = row.due_at.astimezone(ZoneInfo(row.zone)).date()
    last = months_after(day, -1) if row.rhythm == Rhythm.MONTHLY else months_after(day, 0)
    return Span(last if row.rhythm == Rhythm.MONTHLY else months_after(last, -1), last)


def _send(row: ReportSchedule) -> bool:
    if row.attempts > _ATTEMPTS:
        _later(row, FAULT)
        return False
    projects = projects_of(row.owner, row.projects) if row.owner.is_active else []
    if not projects or row.report not in REPORTS or not row.owner.email:
        _end(row, _("You see none of its projects any more, or have no address: it is not sent any longer."))
        return False
    try:
        _mail(row, projects)
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("report %s of %s could not be sent: %s", row.pk, row.owner, error)
        _later(row, fault_text(error))
        return False
    _done(row, projects)
    return True


def _mail(row: ReportSchedule, projects: Sequence[Project]) -> None:
    report, span = REPORTS[row.report], span_of(row)
    with timezone.override(ZoneInfo(row.zone)):
        rows = rows_of(report, projects, span)
    months = f"{span.first:%Y-%m}" if span.first == span.last else f"{span.first:%Y-%m} – {span.last:%Y-%m}"
    subject = _("Image Console: %(report)s, %(months)s") % {"report": report.title, "months": months}
    text = _("%(about)s\n\n%(n)d projects, %(rows)d lines: see the file.\nReports → By mail ends or changes this.")
    body = text % {"about": report.about, "n": len(projects), "rows": len(rows)}
    message = EmailMessage(subject, body, to=[row.owner.email])
    name = f"{row.report}-{span.first:%Y-%m}-{span.last:%Y-%m}.csv"
    message.attach(name, "".join(csv_lines(report, rows)), "text/csv")
    message.send()


def _done(row: ReportSchedule, projects: Sequence[Project]) -> None:
    now = clock.now()
    due = next_after(max(now, row.due_at), row.rhythm, row.hour, row.zone)
    with transaction.atomic():
        if held(row).update(next_at=due, due_at=due, attempts=0, sent_at=now, error=""):
            details = {"to": row.owner.email, "projects": [str(project) for project in projects]}
            audit.record(event=ReportEvent.SENT, actor=None, subject=row, details=details)
            _tell(row, _("Report “%(report)s” has been mailed to you") % {"report": REPORTS[row.report].title})


def _later(row: ReportSchedule, error: str) -> None:
    """Again in some minutes, ever later; after some attempts with the next regular one."""
    now = clock.now()
    if row.attempts < _ATTEMPTS:
        held(row).update(next_at=now + timedelta(seconds=backoff.REPORTS.pause(row.attempts)), error=error)
        return
    due = next_after(max(now, row.due_at), row.rhythm, row.hour, row.zone)
    held(row).update(next_at=due, due_at=due, attempts=0, error=error)


def _end(row: ReportSchedule, why: str) -> None:
    with transaction.atomic():
        if held(row).update(next_at=None, error=why):
            audit.record(event=ReportEvent.UNSCHEDULED, actor=None, subject=row, details={"why": why})
            _tell(row, _("Report “%(report)s” is not mailed any longer") % {"report": row.report}, why)


def _tell(row: ReportSchedule, subject: str, why: str = "") -> None:
    url = reverse("images:report_mail")
    notices.write_notice(kind=notice_kinds.REPORT, project=None, subject=subject, text=why, url=url, people=[row.owner])


def _told(row: ReportSchedule) -> dict[str, object]:
    return {"report": row.report, "rhythm": row.rhythm, "hour": row.hour, "zone": row.zone, "projects": row.projects}
