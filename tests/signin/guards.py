"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from allauth.usersessions.models import UserSession

from tests.guards.roles import Row, Who, anybody, signed_in
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    # by allauth; those who are signed in are sent on
    "account_login": Row("/accounts/login/", anybody(200, 302), anybody(200, 302)),
    "account_logout": Row("/accounts/logout/", anybody(302, 200), anybody(302, 302)),
    "account_inactive": Row("/accounts/inactive/", anybody()),
    "account_reauthenticate": Row("/accounts/reauthenticate/", signed_in(), signed_in()),
    "account_email": Row("/accounts/email/", anybody(302), anybody(302)),
    "mfa_index": Row("/accounts/2fa/", signed_in(302)),
    "mfa_authenticate": Row("/accounts/2fa/authenticate/", anybody(302), anybody(302)),
    "mfa_reauthenticate": Row("/accounts/2fa/reauthenticate/", signed_in(302), signed_in(302)),
    "mfa_activate_totp": Row("/accounts/2fa/totp/activate/", signed_in(), signed_in()),
    "mfa_deactivate_totp": Row("/accounts/2fa/totp/deactivate/", signed_in(404), signed_in(404)),
    "mfa_view_recovery_codes": Row("/accounts/2fa/recovery-codes/", signed_in(404)),
    "mfa_generate_recovery_codes": Row("/accounts/2fa/recovery-codes/generate/", signed_in(), signed_in()),
    "mfa_download_recovery_codes": Row("/accounts/2fa/recovery-codes/download/", signed_in(404), signed_in(404)),
    "usersessions_list": Row("/accounts/sessions/", signed_in(302)),
    "socialaccount_login_cancelled": Row("/accounts/elsewhere/login/cancelled/", anybody()),
    "socialaccount_login_error": Row("/accounts/elsewhere/login/error/", anybody(401)),
    "socialaccount_connections": Row("/accounts/elsewhere/", signed_in(), signed_in()),
    "openid_connect_login": Row("/accounts/oidc/sso/login/", anybody(404), anybody(404)),
    "openid_connect_callback": Row("/accounts/oidc/sso/login/callback/", anybody(404), anybody(404)),
    "images:confirm_elsewhere": Row("/me/confirm/", signed_in(302), signed_in(302)),
    "images:confirm_back": Row("/me/confirm/back/", signed_in(302)),
    "images:signed_in_again": Row("/me/again/", signed_in()),
    "account_change_password": Row("/accounts/password/change/", signed_in(), signed_in()),
    "account_set_password": Row("/accounts/password/set/", signed_in(302), signed_in(302)),
    "account_reset_password": Row("/accounts/password/reset/", anybody(), anybody()),
    "account_reset_password_from_key_done": Row("/accounts/password/reset/key/done/", anybody()),
    "account_reset_password_from_key": Row("/accounts/password/reset/key/1-nothing/", anybody(), anybody()),
    "account_reset_password_done": Row("/accounts/password/reset/done/", anybody()),
}

SERVICES: dict[str, Service] = {
    "signin.services.second_factors.remove_second_factors": Service(Who.STAFF, lambda things: {"user": things.person}),
    "signin.services.sessions.end_session": Service(
        Who.STAFF, lambda things: {"session": UserSession(user=things.person)}
    ),
    "signin.services.sessions.end_sessions": Service(Who.STAFF, lambda things: {"user": things.person}),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "signin.services.sessions.end_all": "for whom others may deactivate, and they have been asked",
}
