"""Routes: sign-in by allauth, everything else by the app."""

from django.urls import include, path
from django.views.generic import RedirectView

from images.views import elsewhere, me

urlpatterns = [
    # mail addresses are the administrators' to change: what a person entered here would open accounts elsewhere
    path("accounts/email/", RedirectView.as_view(pattern_name="images:me"), name="account_email"),
    path("accounts/", include("allauth.account.urls")),
    # second factors and sessions stand on a page of ours, which also records who ended which session
    path("accounts/2fa/", me.there, name="mfa_index"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", me.there, name="usersessions_list"),
    path("accounts/elsewhere/", include("allauth.socialaccount.urls")),
    path("accounts/oidc/<str:provider_id>/login/", elsewhere.login, name="openid_connect_login"),
    path("accounts/oidc/<str:provider_id>/login/callback/", elsewhere.callback, name="openid_connect_callback"),
    path("", include("images.urls")),
]
handler403 = "images.views.errors.forbidden"
handler404 = "images.views.errors.not_found"
handler500 = "images.views.errors.server_error"
