"""Quotas: every project's at a glance, one project's over the years, both as CSV."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from images.access.permissions import Ability, can_operate, check, visible_projects
from images.accounts.views.project import Context, card, project_of, project_page
from images.clouds.models import Project
from images.core import charts
from images.core.csv_cells import escape_formula, line_writer
from images.core.http import page
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.quotas.forms import ThresholdForm
from images.quotas.models import QuotaState
from images.quotas.queries import quotas as reading
from images.quotas.queries.quotas import ProjectQuota
from images.quotas.services import thresholds
from images.quotas.tables.overview import SORTS, TONES, forecast_basis, forecast_text, ordered
from images.quotas.tables.room import candidates, keys, own_of, parts, shown_key

#: `?span=` → label, days; None: from the first sample on.
SPANS: Final = {
    "2d": (gettext_lazy("2 days"), 2),
    "30d": (gettext_lazy("30 days"), 30),
    "180d": (gettext_lazy("6 months"), 180),
    "2y": (gettext_lazy("2 years"), 730),
    "all": (gettext_lazy("all"), None),
}
_HEADINGS: Final = ("region", "project", "project_id", "at", "used", "limit")


@login_required
@require_safe
def quotas(request: SignedIn) -> HttpResponse:
    """`?sort=` one of tables.quotas.SORTS."""
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "full"
    lines = ordered(reading.project_quotas(request.user), sort)
    known = [line for line in lines if line.known]
    pools = reading.pools(lines)
    first = [pool[0] for pool in pools]
    limited = [line for line in first if line.limit is not None]
    mates = {line.project.pk: [mate.project for mate in pool if mate is not line] for pool in pools for line in pool}
    context = {
        "lines": [{**_line(line), "mates": mates.get(line.project.pk)} for line in lines],
        "sorts": [(name, label, name == sort) for name, (label, _order) in SORTS.items()],
        "unknown": len(lines) - len(known),
        "near": sum(bool(line.level.value) for line in lines),
        "used": sum(line.used or 0 for line in first),
        "limited_used": sum(line.used or 0 for line in limited),
        "limit": sum(line.limit or 0 for line in limited),
        "limited": len(limited),
        "chart": _total_chart(first, timezone.now().astimezone(UTC).date()),
    }
    return page(request, "quotas/quotas.html", context, partial="found")


@login_required
@require_safe
def quota(request: SignedIn, pk: int) -> HttpResponse:
    """One project; `?span=` how far the chart goes back, `?key=` the tag key by which its images are told apart."""
    project = project_of(request, pk)
    span = request.GET.get("span", "")
    span = span if span in SPANS else "180d"
    line = reading.project_quota(project)
    own = own_of(request.user, project)
    known = keys(own)
    key = shown_key(request.GET.get("key", ""), known)
    context = {
        "project": project,
        "line": _line(line),
        "explained": forecast_basis(line.forecast),
        "chart": _chart(project, span),
        "since": reading.first_sample(project),
        "parts": parts(own, key),
        "keys": known,
        "key": key,
        "spans": [(name, label, name == span) for name, (label, _days) in SPANS.items()],
    }
    return page(request, "quotas/quota.html", context)


@login_required
@require_safe
def quota_spare(request: SignedIn, pk: int) -> HttpResponse:
    """Which of the project's images could go, and why: a page of its own, and the end of the one of the quota."""
    project = project_of(request, pk)
    context = {
        "project": project,
        "candidates": candidates(own_of(request.user, project)),
        "may": can_operate(request.user, project),
    }
    return page(request, "quotas/quota_spare.html", context, partial="spare")


@login_required
@require_safe
@limited(Kind.FILES)
def quotas_csv(request: SignedIn) -> StreamingHttpResponse:
    """Everything that was sampled of the projects that this person sees."""
    return _as_csv([project.pk for project in visible_projects(request.user).only("pk")], "quotas")


@login_required
@require_safe
@limited(Kind.FILES)
def quota_csv(request: SignedIn, pk: int) -> StreamingHttpResponse:
    project = project_of(request, pk)
    return _as_csv([project.pk], f"quota-{project.project_id}")


def _line(quota: ProjectQuota) -> dict[str, Any]:
    """`bar`: percent of the limit that is drawn, 0 to 100, as a text with a full stop."""
    percent = quota.percent
    return {
        "one": quota,
        "project": quota.project,
        "state": quota.state,
        "percent": None if percent is None else round(percent),
        "bar": f"{min(100.0, percent or 0):.1f}",
        "warn": quota.state.warn if quota.state else 0,
        "tone": TONES[quota.level],
        "level": quota.level.label if quota.level.value else "",
        "spark": charts.sparkline(quota.trend[-30:]) if len(set(quota.trend[-30:])) > 1 else None,
        "foretold": forecast_text(quota.forecast) if quota.known and quota.limit is not None else "",
    }


def _total_chart(lines: list[ProjectQuota], today: date) -> charts.LineChart | None:
    days = reading.total(lines, today)
    if len(days) < 2:
        return None
    series = [charts.Series(_("used"), [used for _day, used in days])]
    return charts.line_chart(series, [formats.date_format(day, "j M") for day, _used in days])


def _chart(project: Project, span: str) -> charts.LineChart | None:
    _label, days = SPANS[span]
    now = timezone.now()
    points = reading.history(project, None if days is None else now - timedelta(days=days), now)
    if not points:
        return None
    spread = points[-1].at - points[0].at
    form = "j M H:i" if spread < timedelta(days=4) else "j M" if spread < timedelta(days=300) else "j M Y"
    labels = [formats.date_format(timezone.localtime(point.at), form) for point in points]
    series = [charts.Series(_("used"), [point.used for point in points])]
    if any(point.limit is not None for point in points):
        series.append(charts.Series(_("limit"), [point.limit for point in points]))
    return charts.line_chart(series, labels)


def _as_csv(projects: list[int], name: str) -> StreamingHttpResponse:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    answer = StreamingHttpResponse(_csv(projects), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{stamp}.csv"'
    return answer


def _csv(projects: list[int]) -> Iterator[str]:
    write = line_writer()
    yield "\ufeff" + write(_HEADINGS)
    for region, project, project_id, at, used, limit in reading.samples(projects):
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        names = [escape_formula(text) for text in (region, project, project_id)]
        yield write([*names, moment, str(used), "" if limit is None else str(limit)])


@login_required
@require_POST
def project_quota(request: SignedIn, pk: int) -> HttpResponse:
    """From how many percent of its quota people are told."""
    chosen = project_of(request, pk)
    check(request.user, Ability.ADMINISTER, chosen)
    form = ThresholdForm(request.POST)
    if not form.is_valid():
        return project_page(request, chosen, {"quota_form": form}, status=422)
    thresholds.set_thresholds(actor=request.user, project=chosen, **form.cleaned_data)
    messages.success(request, _("Saved for %(project)s.") % {"project": chosen})
    return redirect("images:project", chosen.pk)


@card("quotas/_project_card.html", place=3)
def _quota(_request: SignedIn, shown: Project) -> Context:
    state = QuotaState.objects.filter(project=shown).first() or QuotaState()
    return {"quota_form": ThresholdForm(initial={"warn": state.warn, "critical": state.critical})}
