"""The address book: whom we know, adding, changing, importing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from images.access.permissions import check_can_manage_accounts
from images.clouds.models import Project
from images.clouds.services.discovery import ConnectionRefused
from images.core.encryption import SecretUnreadable
from images.core.http import page
from images.core.rate_limit_views import limited
from images.core.rate_limits import Kind
from images.core.requests import SignedIn
from images.partners import queries as reading
from images.partners import services as service
from images.partners.enums import Trust
from images.partners.forms import PartnerAccountForm, PartnerFileForm, PartnerForm
from images.partners.models import Partner
from images.partners.permissions import can_edit_partners, check_can_edit_partners
from images.partners.tabs import sharing_tabs


@login_required
@require_safe
def partners(request: SignedIn) -> HttpResponse:
    text, trust = request.GET.get("text", "").replace("\0", "").strip()[:100], request.GET.get("trust", "")
    shown = reading.page_of(reading.book(text, trust), request.GET.get("page", ""))
    own = [] if trust or shown.number > 1 else list(reading.own_projects(request.user, text))
    return page(
        request,
        "partners/partners.html",
        {
            "page": shown,
            "rows": [(partner, reading.TONES[Trust(partner.trust)]) for partner in shown],
            "own": own,
            "text": text,
            "trust": trust,
            "trusts": Trust.choices,
            "may": can_edit_partners(request.user),
            "tabs": sharing_tabs(request, "partners"),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_add(request: SignedIn) -> HttpResponse:
    check_can_edit_partners(request.user)
    initial = {"project_id": request.GET.get("project_id", "")[:64]}
    form = PartnerForm(request.POST if request.method == "POST" else None, actor=request.user, initial=initial)
    if form.is_valid():
        try:
            added = service.add(actor=request.user, entry=form.entry)
        except service.PartnerRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Added “%(name)s”.") % {"name": added})
            return redirect("images:partners")
    return _form(request, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_change(request: SignedIn, pk: int) -> HttpResponse:
    check_can_edit_partners(request.user)
    partner = get_object_or_404(Partner, pk=pk)
    form = PartnerForm(request.POST if request.method == "POST" else None, actor=request.user, partner=partner)
    if form.is_valid():
        service.change(actor=request.user, partner=partner, entry=form.entry)
        messages.success(request, _("Changed “%(name)s”.") % {"name": form.entry.name})
        return redirect("images:recipient", partner.project_id)
    return _form(request, form, partner)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.LOOKS, only="POST")
def partner_import(request: SignedIn) -> HttpResponse:
    """From a CSV file. What was there stays as it is; lines that cannot be read are told."""
    check_can_edit_partners(request.user)
    sent = request.method == "POST"
    form = PartnerFileForm(request.POST if sent else None, request.FILES if sent else None)
    outcome = None
    if form.is_valid():
        try:
            outcome = service.import_csv(actor=request.user, text=form.cleaned_data["file"])
        except service.PartnerRefused as refusal:
            form.add_error("file", str(refusal))
    status = 422 if form.is_bound and form.errors else 200
    return page(request, "partners/partner_import.html", {"form": form, "outcome": outcome}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(Kind.CLOUD)
def partner_found(request: SignedIn) -> HttpResponse:
    """From IAM: GET with an account asks it and shows what is neither managed here nor in the book, POST adds."""
    check_can_manage_accounts(request.user)  # it signs in with the secret of an account
    source = request.POST if request.method == "POST" else request.GET
    form = PartnerAccountForm(source if request.method == "POST" or "account" in source else None)
    entries: list[service.Entry] = []
    if form.is_valid():
        data = form.cleaned_data
        try:
            if request.method == "POST":
                done = service.import_found(
                    actor=request.user,
                    account=data["account"],
                    project_ids=request.POST.getlist("project"),
                    organisation=data["organisation"],
                )
                words = ngettext("%(n)d partner was added.", "%(n)d partners were added.", len(done.added))
                messages.success(request, words % {"n": len(done.added)})
                return redirect("images:partners")
            entries = service.projects_found_by(data["account"])
        except (ConnectionRefused, SecretUnreadable) as error:
            form.add_error("account", str(error))
    status = 422 if form.is_bound and form.errors else 200
    return page(request, "partners/partner_found.html", {"form": form, "found": entries}, status=status)


def _form(request: SignedIn, form: PartnerForm, partner: Partner | None = None) -> HttpResponse:
    regions = Project.objects.managed().order_by("region__name").values_list("region__name", flat=True).distinct()
    context = {"form": form, "partner": partner, "regions": regions}
    return page(request, "partners/partner_form.html", context, status=422 if form.is_bound else 200)
