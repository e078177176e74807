"""Requests as our middleware hands them to views: what it has put there has a type."""

from typing import TypeGuard

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

#: Who asks: somebody, or somebody who has not said who they are.
Person = User | AnonymousUser


class Request(HttpRequest):
    """Any request. Only a type: no request is an instance of it."""

    #: X-Request-Id (RequestIdMiddleware)
    request_id: str
    htmx: HtmxDetails


class SignedIn(Request):
    """A request below `login_required`. Only a type, too."""

    user: User


def is_signed_in(request: Request) -> TypeGuard[SignedIn]:
    return request.user.is_authenticated
