"""Routes: sign-in by allauth, everything else by the app.

Each page of allauth's is named here: a newer release may bring pages that nobody here has thought about, and they must
not be open because of that (tests/signin/guards.py has the same list).
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from images.people.views import me
from images.signin.views import entrance, openid
from images.signin.views.confirming import confirmed

_KEY = r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"

urlpatterns = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", entrance.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    # mail addresses are the administrators' to change: what a person entered here would open accounts elsewhere
    path("accounts/email/", RedirectView.as_view(pattern_name="images:me"), name="account_email"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", confirmed(account.password_set), name="account_set_password"),
    path("accounts/password/reset/", entrance.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(_KEY, account.password_reset_from_key, name="account_reset_password_from_key"),
    # second factors and sessions stand on a page of ours, which also records who ended which session
    path("accounts/2fa/", me.there, name="mfa_index"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", confirmed(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/2fa/recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/recovery-codes/generate/",
        confirmed(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/recovery-codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("accounts/sessions/", me.there, name="usersessions_list"),
    path("accounts/elsewhere/", confirmed(social.connections), name="socialaccount_connections"),
    path("accounts/elsewhere/login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("accounts/elsewhere/login/error/", social.login_error, name="socialaccount_login_error"),
    path("accounts/oidc/<str:provider_id>/login/", openid.login, name="openid_connect_login"),
    path("accounts/oidc/<str:provider_id>/login/callback/", openid.callback, name="openid_connect_callback"),
    path("", include("images.urls")),
]
handler403 = "images.system.views.errors.forbidden"
handler404 = "images.system.views.errors.not_found"
handler500 = "images.system.views.errors.server_error"
