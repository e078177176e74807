"""The gallery: every component of the design in both themes, on one page."""

from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from images.core import charts
from images.core.error_messages import error_message

_STEPS = (
    {"label": "First", "url": "?page=1"},
    {"label": "Previous", "url": "?page=1", "rel": "prev"},
    {"label": "2", "current": True},
    {"label": "Last"},
)
_TABS = (
    {"name": "one", "label": "Attributes", "url": "?tab=one", "current": True, "count": None},
    {"name": "two", "label": "History", "url": "?tab=two", "count": 12},
)
_DAYS = ("1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov", "6 Dec", "13 Dec")
_CRUMBS = (("Images", "?"), ("eu-west-0_build", "?"))


@login_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    moment = timezone.now() - timedelta(hours=5)
    facts = (
        {"name": "id", "label": "ID", "shown": "5c9cafa5-4d1b-4a1e-9a43-5b0e8f1f2d10", "copy": True},
        {"name": "min_disk", "label": "Minimum disk", "shown": "40 GB", "raw": "min_disk",
         "explain": "The system disk of a server made from this image is at least this large."},
        {"name": "created", "label": "Created", "moment": moment},
    )  # fmt: skip
    context = {"both": ("light", "dark"), "moment": moment, "steps": _STEPS, "tabs": _TABS, "crumbs": _CRUMBS}
    context |= {"failure": error_message("IMG.0057", "The image file is empty.", "0c6f52a1")}
    return render(request, "system/components.html", context | {"facts": facts} | _charts())


def _charts() -> dict[str, object]:
    lines = [
        charts.Series("build", [120, 140, 138, 160, 171, 170, 190]),
        charts.Series("security", [40, 42, 60, None, 58, 61, 64]),
    ]
    return {
        "spark": charts.sparkline([4, 6, 5, 9, 12, 11, 14]),
        "spark_flat": charts.sparkline([7, 7, 7]),
        "lines": charts.line_chart(lines, _DAYS),
        "one_line": charts.line_chart(lines[:1], _DAYS, height=160),
        "bars": charts.bar_chart([("build", 1204), ("security", 86), ("edge", 12)], urls=("?build",)),
    }
