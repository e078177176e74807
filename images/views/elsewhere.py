"""Allauth's two views of signing in elsewhere, with words for a provider that does not answer."""

import logging

import requests
from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return views.login(request, provider_id)
    except requests.RequestException as error:
        return _away(request, error)


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return views.callback(request, provider_id)
    except requests.RequestException as error:
        return _away(request, error)


def _away(request: HttpRequest, error: requests.RequestException) -> HttpResponse:
    logger.warning("the sign-in elsewhere does not answer: %s", error)
    return render(request, "account/elsewhere_away.html", status=503)
