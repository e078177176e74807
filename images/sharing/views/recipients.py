"""One partner and what is shared with it: the page of a recipient, and taking it out of the address book."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from images.core.http import page
from images.core.requests import SignedIn
from images.partners import services as service
from images.partners.dealings import dealings_with
from images.partners.permissions import can_edit_partners, check_can_edit_partners
from images.partners.queries import book, parties
from images.partners.rules import check_project_id
from images.sharing.models import Share
from images.sharing.queries.shares import ShareQuery, listed


@login_required
@require_safe
def recipient(request: SignedIn, project_id: str) -> HttpResponse:
    """What is shared with one project: of the book, of ours, or of nobody that we know."""
    if check_project_id(project_id):
        raise Http404(_("This is no project ID."))
    party = parties([project_id])[project_id]
    dealings = dealings_with(request.user, project_id)
    gets = Share.objects.visible_to(request.user).filter(recipient=project_id).exists()
    if not (party.is_known or gets or any(dealings.values())):
        raise Http404(_("Nobody of this ID is in the address book, and nothing is shared with it."))
    shown, rows = listed(request.user, ShareQuery(recipient=project_id), request.GET.get("page", ""))
    may = can_edit_partners(request.user)
    context = {"party": party, "page": shown, "rows": rows, "may": may, **dealings}
    return page(request, "sharing/recipient.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def partner_remove(request: SignedIn, pk: int) -> HttpResponse:
    """GET tells what is shared with it, POST removes."""
    check_can_edit_partners(request.user)
    partner = get_object_or_404(book(), pk=pk)
    if request.method == "POST":
        service.remove(actor=request.user, partner=partner)
        messages.success(request, _("Removed “%(name)s” from the address book.") % {"name": partner})
        return redirect("images:partners")
    shown, rows = listed(request.user, ShareQuery(recipient=partner.project_id), "")
    return page(request, "sharing/partner_remove.html", {"partner": partner, "rows": rows, "page": shown})
