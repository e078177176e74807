"""Reports: figures by month and project as a page that prints well, as CSV, and by mail. Their state is the address."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.cache.queries.visibility import visible_projects_of
from images.clouds.models import Project
from images.core import humanize
from images.core.charts import LineChart, Series, line_chart
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.reports import services as service
from images.reports.forms import ReportForm, ScheduleForm
from images.reports.models import ReportSchedule
from images.reports.queries import REPORTS, Column, Report, Row, Span, rows_of, totals

#: Lines in a chart; more cannot be told apart.
_LINES = 4


@login_required
@require_safe
@limited(Kind.LOOKS)
def reports(request: SignedIn) -> HttpResponse:
    form = ReportForm(request.GET, visible_projects_of(request.user))
    context: dict[str, object] = {"form": form, "query": form.address}
    if form.is_valid():
        report, projects, span = _asked(request, form)
        rows = rows_of(report, projects, span)
        context |= {
            "report": report,
            "span": span,
            "projects": projects,
            "rows": [(row, [_shown(*pair) for pair in zip(report.columns, row.figures, strict=True)]) for row in rows],
            "sums": _sums(report, rows) if report.sums else None,
            "chart": _chart(report, rows, span) if rows and len(span.months) > 1 else None,
        }
    return render(request, "reports/reports.html", context, status=200 if form.is_valid() else 422)


@login_required
@require_safe
@limited(Kind.FILES)
def reports_csv(request: SignedIn) -> HttpResponse | StreamingHttpResponse:
    form = ReportForm(request.GET, visible_projects_of(request.user))
    if not form.is_valid():
        reasons = "\n".join(str(error) for errors in form.errors.values() for error in errors)
        return HttpResponse(f"{_('There is no report.')}\n{reasons}\n", status=422, content_type="text/plain")
    report, projects, span = _asked(request, form)
    lines = service.csv_lines(report, rows_of(report, projects, span))
    answer = StreamingHttpResponse(iter(lines), content_type="text/csv; charset=utf-8")
    name = f"{report.name}-{span.first:%Y-%m}-{span.last:%Y-%m}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_mail(request: SignedIn) -> HttpResponse:
    """One's own reports by mail, and another one."""
    data = request.POST if request.method == "POST" else None
    form = ScheduleForm(
        data, visible_projects_of(request.user), initial={"report": request.GET.get("report", "inventory")}
    )
    if data is not None and form.is_valid():
        try:
            service.schedule(actor=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("It comes by mail from now on."))
            return redirect("images:report_mail")
    mine = ReportSchedule.objects.filter(owner=request.user)
    context = {
        "form": form,
        "mine": [(schedule, REPORTS[schedule.report].title) for schedule in mine if schedule.report in REPORTS],
    }
    return render(request, "reports/report_mail.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def report_mail_end(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(ReportSchedule, pk=pk, owner=request.user)
    service.unschedule(actor=request.user, schedule=row)
    messages.success(request, _("It does not come by mail any more."))
    return redirect("images:report_mail")


def _asked(request: SignedIn, form: ReportForm) -> tuple[Report, list[Project], Span]:
    projects = service.projects_of(request.user, form.cleaned_data["project"])
    return REPORTS[form.cleaned_data["report"]], projects, form.span


def _sums(report: Report, rows: Sequence[Row]) -> list[str]:
    return [_shown(column, sum(row.figures[n] or 0 for row in rows)) for n, column in enumerate(report.columns)]


def _shown(column: Column, figure: int | None) -> str:
    if figure is None:
        return "–"
    return humanize.size(figure) if column.unit == "bytes" else humanize.number(figure)


def _chart(report: Report, rows: Sequence[Row], span: Span) -> LineChart:
    """All projects together, month by month; what is not counted in things has another axis and stays out."""
    by_month = totals(report, rows, span)
    known = {row.month for row in rows}
    places = [place for place, column in enumerate(report.columns) if not column.unit][:_LINES]
    series = [
        # what adds up was nothing in a month without a row; what is measured was not known
        Series(str(report.columns[place].label),
               [figures[place] if report.sums or month in known else None for month, figures in by_month.items()])
        for place in places
    ]  # fmt: skip
    return line_chart(series, [f"{month:%Y-%m}" for month in by_month])
