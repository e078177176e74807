"""What a person was told: the bell in the header, the page of all, and how they want to hear."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.core.http import page
from images.core.ids import id_of
from images.core.requests import SignedIn
from images.notices.forms import NoticePreferenceForm
from images.notices.kinds import choices
from images.notices.models import NoticeCopy
from images.notices.queries import notices as reading
from images.notices.services import preferences


@login_required
@require_safe
def notices(request: SignedIn) -> HttpResponse:
    query = reading.NoticeQuery.of(request.GET)
    rows, before = reading.listed(request.user, query)
    kept = {"kind": query.kind, "project": query.project or "", "show": "unread" if query.unread else ""}
    context = {
        "rows": rows,
        "asked": query,
        "kinds": choices(),
        "projects": reading.projects(request.user),
        "older": urlencode({**{k: v for k, v in kept.items() if v}, "before": before}) if before else "",
        "unread": reading.unread(request.user),
    }
    return page(request, "notices/notices.html", context)


@login_required
@require_safe
def bell(request: SignedIn) -> HttpResponse:
    """What the header shows. `seen`: how many it shows already; 204 when nothing is new.

    Without htmx: the page of all, which is what the bell is a short form of.
    """
    if not request.htmx:
        answer = redirect("images:notices")
        patch_vary_headers(answer, ["HX-Request"])
        return answer
    seen = request.GET.get("seen", "")
    rows = reading.newest(request.user)
    mark = f"{rows[0].pk if rows else 0}-{len(rows)}"
    if mark == seen:
        return HttpResponse(status=204)
    newer = [row for row in rows if row.pk > id_of(seen.partition("-")[0])] if seen else []
    context = {
        "rows": rows,
        "count": reading.unread(request.user),
        "most": reading.MOST_COUNTED,
        "mark": mark,
        "newer": newer,
    }
    return page(request, "notices/notice_bell.html", context, partial="answer")


@login_required
@require_POST
def notices_read(request: SignedIn) -> HttpResponse:
    """`notice`: one of one's own, and `open` leads on to what it is about; without it all."""
    if "notice" in request.POST:
        mine = NoticeCopy.objects.visible_to(request.user).select_related("notice")
        copy = get_object_or_404(mine, pk=id_of(request.POST["notice"]))
        preferences.mark_read(user=request.user, pk=copy.pk)
        if "open" in request.POST and copy.notice.url:
            return redirect(copy.notice.url)
    else:
        n = preferences.mark_read(user=request.user)
        messages.success(request, ngettext("%(n)d notice is read now.", "%(n)d notices are read now.", n) % {"n": n})
    return redirect(f"{reverse('images:notices')}{_query(request)}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def notice_preferences(request: SignedIn) -> HttpResponse:
    preference = preferences.preference_of(request.user)
    form = NoticePreferenceForm(
        request.POST if request.method == "POST" else None,
        preference=preference,
        zone=timezone.get_current_timezone_name(),
    )
    if form.is_valid():
        preferences.prefer(
            user=request.user,
            choices=form.choices,
            digest_hour=form.cleaned_data["digest_hour"],
            time_zone=form.cleaned_data["time_zone"],
        )
        messages.success(request, _("Saved."))
        return redirect("images:notice_preferences")
    return page(request, "notices/notice_preferences.html", {"form": form}, status=422 if form.is_bound else 200)


def _query(request: SignedIn) -> str:
    """The filter that the page had."""
    query = reading.NoticeQuery.of(request.POST)
    kept = {"kind": query.kind, "project": query.project or "", "show": "unread" if query.unread else ""}
    text = urlencode({name: value for name, value in kept.items() if value})
    return f"?{text}" if text else ""
