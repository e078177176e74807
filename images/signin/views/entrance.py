"""Pages of allauth's before sign-in that depend on how the console is set up."""

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from console.no_mail import goes_out


def logout(request: HttpRequest) -> HttpResponse:
    """Signing out also empties the browser's caches of this console, the one behind its Back button among them."""
    response: HttpResponse = views.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Asks for an address to send a link to; where no mail goes out, says who can help instead."""
    if goes_out():
        return views.password_reset(request)
    status = 200 if request.method in {"GET", "HEAD"} else 409
    return render(request, "access/password_reset_no_mail.html", status=status)
