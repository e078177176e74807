"""Allauth's two views of signing in elsewhere, with words for a provider that does not answer."""

import logging
from collections.abc import Callable

import requests
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView, OAuth2View
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from images.signin.services.openid_checks import CheckedProvider
from images.signin.views.confirming import confirmed

logger = logging.getLogger(__name__)


def _starts(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _view(OAuth2LoginView, request, provider_id)


def _view(kind: type[OAuth2View], request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = kind.adapter_view(CheckedProvider(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except OAuth2Error as error:
        logger.warning("the sign-in elsewhere is not right: %s", error)
        return redirect("socialaccount_login_error")
    return answer


def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    connects = request.GET.get("process") == AuthProcess.CONNECT
    start: Callable[[HttpRequest, str], HttpResponseBase] = confirmed(_starts) if connects else _starts
    try:
        return start(request, provider_id)
    except requests.RequestException as error:
        return _away(request, error)


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return _view(OAuth2CallbackView, request, provider_id)
    except requests.RequestException as error:
        return _away(request, error)


def _away(request: HttpRequest, error: requests.RequestException) -> HttpResponse:
    logger.warning("the sign-in elsewhere does not answer: %s", error)
    return render(request, "access/elsewhere_away.html", status=503)
