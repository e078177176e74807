"""Reports: figures by month and project. Each is read by a few grouped queries, whatever the number of projects."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber, TruncMonth
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.cache.enums import ChangeKind, MemberStatus
from images.cache.models.image import Image, ImageChange
from images.clouds.models import Project
from images.incoming.enums import ShareBox
from images.incoming.models import IncomingShare
from images.operations.enums import ConsentState, ItemState
from images.operations.models.consent import Consent
from images.operations.models.operation import OperationItem
from images.quotas.models import QuotaSample
from images.sharing.models import Share

Label = str | Promise
#: Name of a figure → what counts it.
Counted = Mapping[str, Count | Sum]


@dataclass(frozen=True, slots=True)
class Span:
    """Months from `first` to `last`, both included; each is the day it begins, in the reader's zone."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends(self) -> datetime:
        return timezone.make_aware(datetime.combine(months_after(self.last, 1), time.min))

    @property
    def months(self) -> list[date]:
        months, month = [], self.first
        while month <= self.last:
            months.append(month)
            month = months_after(month, 1)
        return months


def months_after(month: date, count: int) -> date:
    """The first day of the month so many months later (or, below 0, before)."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Column:
    """`unit`: "" things, "bytes"."""

    name: str
    label: Label
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`about` says what is counted, and of which moment the month is. `sums`: figures of several months add up."""

    name: str
    title: Label
    about: Label
    columns: tuple[Column, ...]
    read: Callable[[Sequence[Project], Span], "Counts"]
    sums: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    month: date
    project: Project
    #: None: there is none, such as a quota without a limit.
    figures: Sequence[int | None]


class Counts:
    """Figures of several queries put together by month and project."""

    def __init__(self) -> None:
        self._figures: defaultdict[tuple[date, int], dict[str, int | None]] = defaultdict(dict)

    def add(self, rows: QuerySet[Any], counted: Counted, *, projects: Sequence[Project], span: Span, moment: str,
            project: str = "project") -> None:  # fmt: skip
        """Rows whose `moment` lies in the span, grouped by its month and their project. `rows`: of any table."""
        conditions = {f"{moment}__gte": span.begins, f"{moment}__lt": span.ends, f"{project}__in": projects}
        grouped = rows.filter(**conditions).order_by().annotate(month_=TruncMonth(moment)).values("month_", project)
        for month, pk, *figures in grouped.annotate(**counted).values_list("month_", project, *counted):
            self.put(month.date(), pk, {name: number or 0 for name, number in zip(counted, figures, strict=True)})

    def put(self, month: date, project: int, figures: Mapping[str, int | None]) -> None:
        self._figures[month, project] |= figures

    def rows(self, report: Report, projects: Sequence[Project]) -> Iterator[Row]:
        """By month, then as the projects are ordered; a project without any figure in a month has no row."""
        places = {project.pk: place for place, project in enumerate(projects)}
        for month, pk in sorted(self._figures, key=lambda key: (key[0], places[key[1]])):
            figures = self._figures[month, pk]
            yield Row(month, projects[places[pk]], [figures.get(column.name, 0) for column in report.columns])


def rows_of(report: Report, projects: Sequence[Project], span: Span) -> list[Row]:
    return list(report.read(projects, span).rows(report, projects)) if projects else []


def totals(report: Report, rows: Sequence[Row], span: Span) -> dict[date, list[int]]:
    """Month → the figures of all projects together; months without any row have zeros."""
    sums = {month: [0] * len(report.columns) for month in span.months}
    for row in rows:
        sums[row.month] = [figure + (more or 0) for figure, more in zip(sums[row.month], row.figures, strict=True)]
    return sums


def _inventory(projects: Sequence[Project], span: Span) -> Counts:
    counts = Counts()
    made: Counted = {"made": Count("pk"), "size": Sum("size")}
    counts.add(Image.objects.all(), made, projects=projects, span=span, moment="created_at")
    # changes are text, so that they outlive their project: found by its name at the cloud
    known = {(project.region.name, project.project_id): project.pk for project in projects}
    seen = ImageChange.objects.filter(
        observed_at__gte=span.begins, observed_at__lt=span.ends, kind=ChangeKind.GONE,
        project_id_at_cloud__in={project for _region, project in known},
    )  # fmt: skip
    grouped = seen.order_by().annotate(month_=TruncMonth("observed_at"))
    for month, region, project, gone in grouped.values("month_", "region_name", "project_id_at_cloud").annotate(
        n=Count("image_id", distinct=True)
    ).values_list("month_", "region_name", "project_id_at_cloud", "n"):  # fmt: skip
        if (region, project) in known:
            counts.put(month.date(), known[region, project], {"gone": gone})
    return counts


def _shares(projects: Sequence[Project], span: Span) -> Counts:
    counts = Counts()
    status = {f"out_{state}": Count("pk", filter=Q(status=state)) for state in MemberStatus.values}
    out = {"out": Count("pk"), **status}
    counts.add(Share.objects.all(), out, projects=projects, span=span, moment="shared_at")
    boxes = {
        "came": Count("pk"),
        "in_waiting": Count("pk", filter=Q(box=ShareBox.WAITING)),
        "in_accepted": Count("pk", filter=Q(decision=MemberStatus.ACCEPTED)),
        "in_rejected": Count("pk", filter=Q(decision=MemberStatus.REJECTED)),
    }
    counts.add(IncomingShare.objects.all(), boxes, projects=projects, span=span, moment="first_seen_at")
    return counts


def _quotas(projects: Sequence[Project], span: Span) -> Counts:
    """One query: the extremes of each month, and its last sample."""
    counts = Counts()
    rows = QuotaSample.objects.filter(project__in=projects, at__gte=span.begins, at__lt=span.ends)
    by = [F("project"), F("month_")]
    samples = rows.order_by().annotate(month_=TruncMonth("at")).annotate(
        place=Window(RowNumber(), partition_by=by, order_by=F("at").desc()),
        least=Window(Min("used"), partition_by=by),
        most=Window(Max("used"), partition_by=by),
    ).filter(place=1)  # fmt: skip
    names = ("least", "most", "used", "limit")
    for month, pk, *figures in samples.values_list("month_", "project", *names):
        counts.put(month.date(), pk, dict(zip(names, figures, strict=True)))
    return counts


def _operations(projects: Sequence[Project], span: Span) -> Counts:
    counts = Counts()
    states = {
        "operations": Count("operation", distinct=True),
        "images": Count("pk"),
        "done": Count("pk", filter=Q(state=ItemState.DONE)),
        "failed": Count("pk", filter=Q(state__in=(ItemState.FAILED, ItemState.UNKNOWN))),
        "cancelled": Count("pk", filter=Q(state=ItemState.CANCELLED)),
    }
    items = OperationItem.objects.all()
    counts.add(items, states, projects=projects, span=span, moment="operation__created_at")
    return counts


def _approvals(projects: Sequence[Project], span: Span) -> Counts:
    counts = Counts()
    states = {
        "asked": Count("pk"),
        "given": Count("pk", filter=Q(state=ConsentState.GIVEN)),
        "refused": Count("pk", filter=Q(state=ConsentState.REFUSED)),
        "lapsed": Count("pk", filter=Q(state__in=(ConsentState.EXPIRED, ConsentState.WITHDRAWN))),
    }
    counts.add(Consent.objects.all(), states, projects=projects, span=span, moment="asked_at")
    ours = IncomingShare.objects.filter(elsewhere=False)
    decided = {
        "accepted": Count("pk", filter=Q(decision=MemberStatus.ACCEPTED)),
        "rejected": Count("pk", filter=Q(decision=MemberStatus.REJECTED)),
    }
    counts.add(ours, decided, projects=projects, span=span, moment="decided_at")
    return counts


REPORTS: Mapping[str, Report] = {
    one.name: one
    for one in (
        Report("inventory", _("Inventory"),
               _("Images by the month in which they were made, of those that are there; and how many were found gone."),
               (Column("made", _("made")), Column("size", _("their size"), "bytes"), Column("gone", _("gone"))),
               _inventory),
        Report("shares", _("Shares"), _("Shares by the month in which they were made, with their state today."),
               (Column("out", _("shared out")), Column("out_accepted", _("of these accepted")),
                Column("out_pending", _("unanswered")), Column("out_rejected", _("rejected")),
                Column("came", _("shared with us")), Column("in_accepted", _("of these accepted")),
                Column("in_rejected", _("rejected")), Column("in_waiting", _("waiting"))), _shares),
        Report("quotas", _("Quotas"), _("Quotas of images in each month in which they were sampled."),
               (Column("used", _("used at its end")), Column("limit", _("limit at its end")),
                Column("least", _("least used")), Column("most", _("most used"))), _quotas, sums=False),
        Report("operations", _("Operations"), _("Operations by the month in which they were asked for."),
               (Column("operations", _("operations")), Column("images", _("images in them")),
                Column("done", _("done")), Column("failed", _("failed or unknown")),
                Column("cancelled", _("cancelled"))), _operations),
        Report("approvals", _("Approvals"),
               _("Requests for consent by the month in which they were asked; shared images by that of the decision."),
               (Column("asked", _("consents asked")), Column("given", _("given")), Column("refused", _("refused")),
                Column("lapsed", _("ran out or withdrawn")), Column("accepted", _("shared images accepted")),
                Column("rejected", _("shared images rejected"))), _approvals),
    )
}  # fmt: skip
