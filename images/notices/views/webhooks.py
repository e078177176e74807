"""Webhooks of a project or of the whole console, and what was delivered to them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from images.access.permissions import is_console_administrator, visible_projects
from images.clouds.models import Project
from images.core.http import page
from images.core.ids import id_of
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.notices.forms import WebhookForm
from images.notices.kinds import find
from images.notices.models import Delivery, Webhook
from images.notices.queries.webhooks import TONES, deliveries_of, projects_to_add, webhooks_of
from images.notices.services.webhooks import changing, posting
from images.signin.views.confirming import confirmed


@login_required
@require_safe
def webhooks(request: SignedIn) -> HttpResponse:
    context = {
        "rows": webhooks_of(request.user),
        "projects": projects_to_add(request.user),
        "staff": is_console_administrator(request.user),
    }
    return page(request, "notices/webhooks.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def webhook_add(request: SignedIn) -> HttpResponse:
    """`project`: of whose things it hears; without it of all, for administrators of the console."""
    project = _project(request)
    changing.check_can_change(request.user, project)
    form = WebhookForm(request.POST if request.method == "POST" else None, project=project)
    if form.is_valid():
        made = changing.add(actor=request.user, project=project, **form.cleaned_data)
        messages.success(request, _("Added. Now make its secret, and give that to the receiver."))
        return redirect("images:webhook", made.pk)
    return _form(request, form)


@login_required
@require_safe
def webhook(request: SignedIn, pk: int) -> HttpResponse:
    return _shown(request, _administered(request, pk))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def webhook_change(request: SignedIn, pk: int) -> HttpResponse:
    webhook = _administered(request, pk)
    form = WebhookForm(request.POST if request.method == "POST" else None, webhook=webhook)
    if form.is_valid():
        changing.change(actor=request.user, webhook=webhook, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("images:webhook", webhook.pk)
    return _form(request, form, webhook)


@login_required
@require_POST
@confirmed
def webhook_secret(request: SignedIn, pk: int) -> HttpResponse:
    """Makes another secret and shows it, this once."""
    webhook = _administered(request, pk)
    secret = changing.new_secret_of(actor=request.user, webhook=webhook)
    webhook.refresh_from_db()
    response = _shown(request, webhook, secret=secret)
    patch_cache_control(response, no_store=True)
    return response


@login_required
@require_POST
@limited(Kind.CLOUD)
def webhook_test(request: SignedIn, pk: int) -> HttpResponse:
    webhook = _administered(request, pk)
    changing.test(actor=request.user, webhook=webhook)
    messages.success(request, _("A test is on its way; its outcome appears among the deliveries."))
    return redirect("images:webhook", webhook.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
def webhook_remove(request: SignedIn, pk: int) -> HttpResponse:
    webhook = _administered(request, pk)
    if request.method == "POST":
        changing.remove(actor=request.user, webhook=webhook)
        messages.success(request, _("Removed “%(name)s”.") % {"name": webhook})
        return redirect("images:webhooks")
    return page(request, "notices/webhook_remove.html", {"webhook": webhook})


@login_required
@require_safe
def delivery(request: SignedIn, pk: int, delivery: int) -> HttpResponse:
    """What was sent and what was answered."""
    webhook = _administered(request, pk)
    row = get_object_or_404(
        webhook.deliveries.select_related("notice__project__region", "webhook__project__region"), pk=delivery
    )
    context = {"webhook": webhook, "one": row, "tone": TONES[row.state], "body": posting.body_of(row).decode()}
    return page(request, "notices/delivery.html", context)


@login_required
@require_POST
@limited(Kind.CLOUD)
def delivery_again(request: SignedIn, pk: int, delivery: int) -> HttpResponse:
    webhook = _administered(request, pk)
    row = get_object_or_404(Delivery.objects.select_related("webhook__project"), pk=delivery, webhook=webhook)
    if changing.send_again(actor=request.user, delivery=row):
        messages.success(request, _("It is sent again."))
    else:
        messages.info(request, _("It is being sent at this moment."))
    return redirect("images:delivery", webhook.pk, row.pk)


def _administered(request: SignedIn, pk: int) -> Webhook:
    """404 for strangers, 403 with the reason for those who may only look at the project: addresses can be secrets."""
    rows = Webhook.objects.visible_to(request.user).select_related("project__region")
    webhook: Webhook = get_object_or_404(rows, pk=pk)
    changing.check_can_change(request.user, webhook.project)
    return webhook


def _project(request: SignedIn) -> Project | None:
    text = request.GET.get("project", "")
    if not text:
        return None
    project = visible_projects(request.user).filter(pk=id_of(text)).first()
    if project is None:
        raise Http404(_("There is no such project."))
    return project


def _shown(request: SignedIn, webhook: Webhook, secret: str = "") -> HttpResponse:
    rows, before = deliveries_of(webhook, id_of(request.GET.get("before", "")))
    context = {
        "webhook": webhook,
        "secret": secret,
        "kinds": [kind.label for kind in map(find, webhook.kinds) if kind],
        "rows": [(delivery, TONES[delivery.state]) for delivery in rows],
        "before": before,
    }
    return page(request, "notices/webhook.html", context)


def _form(request: SignedIn, form: WebhookForm, webhook: Webhook | None = None) -> HttpResponse:
    context = {"form": form, "webhook": webhook, "project": form.project}
    return page(request, "notices/webhook_form.html", context, status=422 if form.is_bound else 200)
