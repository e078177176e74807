"""Who gets what: one line for every URL of the console. test_roles.py fails for a URL that has none.

    "images:edit": Row("/images/{image}/edit/", get=operate(), post=operate(422)),

A line says for GET and for POST *who may* and what they then get; a method that is left out is answered with 405. What
everybody else gets follows from who may, for each of the seven roles of tests/guards/cast.py:

| who may | without a session | no role in the project | a role without the ability | the ability elsewhere |
|---|---|---|---|---|
| anybody | as told | as told | as told | as told |
| signed_in | sign-in page | as told | as told | as told |
| view, operate, decide, either, administer | sign-in page | 404 | 403 | 404 |
| staff | sign-in page | 403 | 403 | 403 |
| owner (the operator) | sign-in page | 404 | 404 | 404 |

In a path and in `data` (what is posted), `{image}`, `{operation}` and the like are filled in by the test's world: first
with objects of the project in which the cast has its roles, then with those of a foreign project, where only staff get
anything else than 404. A path that names nothing of a project is asked for once; there `otherwise` (403) is what those
get who have the ability nowhere, and `stranger` what somebody gets who is in no team at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial


class Who(StrEnum):
    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    VIEW = "view"
    OPERATE = "operate"
    DECIDE = "decide"
    EITHER = "operate or decide"
    ADMINISTER = "administer"
    STAFF = "staff"
    OWNER = "owner"


@dataclass(frozen=True)
class Answer:
    """What those who may get; for `anybody`, `signed_in` is what people with a session get when that differs."""

    who: Who
    code: int = 200
    signed_in: int | None = None
    otherwise: int = 403
    stranger: int | None = None
    foreign: int = 404
    data: Mapping[str, str] = field(default_factory=dict)


anybody = partial(Answer, Who.ANYBODY)
signed_in = partial(Answer, Who.SIGNED_IN)
view = partial(Answer, Who.VIEW)
operate = partial(Answer, Who.OPERATE)
decide = partial(Answer, Who.DECIDE)
either = partial(Answer, Who.EITHER)
administer = partial(Answer, Who.ADMINISTER)
staff = partial(Answer, Who.STAFF)
owner = partial(Answer, Who.OWNER)


@dataclass(frozen=True)
class Row:
    path: str
    get: Answer | None = None
    post: Answer | None = None


ROWS: dict[str, Row] = {
    # sign-in, by allauth; those who are signed in are sent on
    "account_login": Row("/accounts/login/", anybody(200, 302), anybody(200, 302)),
    "account_logout": Row("/accounts/logout/", anybody(302, 200), anybody(302, 302)),
    "account_inactive": Row("/accounts/inactive/", anybody()),
    "account_signup": Row("/accounts/signup/", anybody(200, 302), anybody(200, 302)),
    "account_reauthenticate": Row("/accounts/reauthenticate/", signed_in(), signed_in()),
    "account_email": Row("/accounts/email/", anybody(302), anybody(302)),
    "mfa_index": Row("/accounts/2fa/", signed_in(302)),
    "mfa_authenticate": Row("/accounts/2fa/authenticate/", anybody(302), anybody(302)),
    "mfa_reauthenticate": Row("/accounts/2fa/reauthenticate/", signed_in(302), signed_in(302)),
    "mfa_activate_totp": Row("/accounts/2fa/totp/activate/", signed_in(302), signed_in(302)),
    "mfa_deactivate_totp": Row("/accounts/2fa/totp/deactivate/", signed_in(404), signed_in(404)),
    "mfa_view_recovery_codes": Row("/accounts/2fa/recovery-codes/", signed_in(404)),
    "mfa_generate_recovery_codes": Row("/accounts/2fa/recovery-codes/generate/", signed_in(302), signed_in(302)),
    "mfa_download_recovery_codes": Row("/accounts/2fa/recovery-codes/download/", signed_in(404), signed_in(404)),
    "usersessions_list": Row("/accounts/sessions/", signed_in(302)),
    "socialaccount_login_cancelled": Row("/accounts/elsewhere/login/cancelled/", anybody()),
    "socialaccount_login_error": Row("/accounts/elsewhere/login/error/", anybody(401)),
    "socialaccount_signup": Row("/accounts/elsewhere/signup/", anybody(302), anybody(302)),
    "socialaccount_connections": Row("/accounts/elsewhere/", signed_in(), signed_in()),
    "openid_connect_login": Row("/accounts/oidc/sso/login/", anybody(404), anybody(404)),
    "openid_connect_callback": Row("/accounts/oidc/sso/login/callback/", anybody(404), anybody(404)),
    "images:me": Row("/me/", signed_in()),
    "images:session_end": Row("/me/sessions/end/", None, signed_in(302)),
    "account_email_verification_sent": Row("/accounts/confirm-email/", anybody()),
    "account_change_password": Row("/accounts/password/change/", signed_in(), signed_in()),
    "account_set_password": Row("/accounts/password/set/", signed_in(302), signed_in(302)),
    "account_reset_password": Row("/accounts/password/reset/", anybody(), anybody()),
    "account_confirm_login_code": Row("/accounts/login/code/confirm/", anybody(302, 302), anybody(302, 302)),
    "account_confirm_email": Row("/accounts/confirm-email/nothing/", anybody(), anybody(404)),
    "account_reset_password_from_key_done": Row("/accounts/password/reset/key/done/", anybody()),
    "account_reset_password_from_key": Row("/accounts/password/reset/key/1-nothing/", anybody(), anybody()),
    "account_reset_password_done": Row("/accounts/password/reset/done/", anybody()),
    # the console
    "images:healthz": Row("/healthz", anybody()),
    "images:readyz": Row("/readyz", anybody()),
    "images:metrics": Row("/metrics", anybody()),  # to this machine, and the test is on it
    "images:home": Row("/", signed_in()),
    "images:reports": Row("/reports/", signed_in()),
    "images:reports_csv": Row("/reports/csv/", signed_in()),
    "images:report_mail": Row("/reports/mail/", signed_in(), signed_in(422)),
    "images:report_mail_end": Row("/reports/mail/{report_mail}/end/", None, owner(302)),
    "images:tile": Row("/dashboard/approvals/", signed_in()),
    "images:theme": Row("/preferences/theme/", None, anybody(302)),
    "images:components": Row("/components/", signed_in()),
    "images:list": Row("/images/", signed_in()),
    "images:create": Row("/images/create/", operate(), operate()),
    "images:detail": Row("/images/{image}/", view()),
    "images:rows_now": Row("/images/now/?images={image}", signed_in(286)),
    "images:image_now": Row("/images/{image}/now/", view(204)),
    "images:edit": Row("/images/{image}/edit/", operate(), operate(422)),
    "images:image_upload": Row("/images/{image}/upload/", None, operate(302)),
    "images:image_register": Row("/images/{image}/register/", operate(), operate(422)),
    "images:upload": Row("/uploads/{upload}/", owner(), owner(422)),
    "images:upload_announce": Row("/uploads/{upload}/announce/", None, owner(422)),
    "images:upload_file": Row("/uploads/{upload}/file/", owner()),
    "images:fields": Row("/images/{image}/fields/", view(302)),
    "images:field": Row("/images/{image}/field/?name=name", operate(), operate(422)),
    "images:field_now": Row("/images/{image}/field/now/?name=name", view(302)),
    "images:field_undo": Row("/images/{image}/field/undo/?name=name", None, operate(404)),
    "images:tags": Row("/images/{image}/tags/", view(), operate(422)),
    "images:tags_list": Row("/images/{image}/tags/list/", view()),
    "images:tags_undo": Row("/images/{image}/tags/undo/", None, operate(404)),
    "images:tag_words": Row("/images/tag-words/", signed_in()),
    "images:members": Row("/images/{shared_in}/members/", view(404)),
    "images:by_id": Row("/images/by-id/{region}/{image_id}/", view(302)),
    "images:act": Row(
        "/images/act/delete/?image={image}", operate(foreign=422), operate(foreign=422, data={"image": "{image}"})
    ),
    "images:tag_catalogue": Row("/tags/", signed_in()),
    "images:tag_policies": Row("/tags/policy/", signed_in()),
    "images:tag_policy": Row("/tags/policy/{project}/", view()),
    "images:tag_policy_change": Row("/tags/policy/{project}/change/", administer(), administer()),
    "images:by_tag": Row("/images/by-tag/", signed_in()),
    "images:by_tag_check": Row("/images/tag-check/?q=tag:nobody%20project:nobody", signed_in()),
    "images:tag_csv": Row("/tags/csv/", signed_in(), operate(422)),
    "images:tag_csv_download": Row(
        "/tags/csv/download/?image={image}", view(foreign=422), view(foreign=422, data={"image": "{image}"})
    ),
    "images:tag_csv_look": Row("/tags/csv/{tag_file}/", owner(), owner(409)),
    "images:tag_csv_discard": Row("/tags/csv/{tag_file}/discard/", None, owner(302)),
    "images:operations": Row("/operations/", signed_in()),
    "images:operations_now": Row("/operations/now/", signed_in(286)),
    "images:tray": Row("/operations/tray/", signed_in(302)),
    "images:operation": Row("/operations/{operation}/", view()),
    "images:operation_state": Row("/operations/{operation}/state/?seen=1", view(204)),
    "images:operation_cancel": Row("/operations/{operation}/cancel/", None, operate(302)),
    "images:operation_retry": Row("/operations/{operation}/retry/", None, operate(302)),
    "images:operation_undo": Row("/operations/{operation}/undo/", None, operate(302)),
    "images:operation_settle": Row("/operations/{operation}/items/{item}/settle/", None, operate(302)),
    "images:facet": Row("/images/facet/status/", signed_in()),
    "images:completion": Row("/images/complete/?text=os:u", signed_in()),
    "images:query_help": Row("/images/search-help/", signed_in()),
    "images:preference": Row("/images/preference/", None, signed_in(302)),
    "images:export": Row("/images/export/csv/", signed_in()),
    "images:saved_views": Row("/images/views/", signed_in()),
    "images:saved_view_add": Row("/images/views/add/", signed_in(), signed_in(422)),
    "images:saved_view_change": Row("/images/views/{saved_view}/change/", owner(), owner(422)),
    "images:saved_view_delete": Row("/images/views/{saved_view}/delete/", owner(), owner(302)),
    # sharing: everybody sees it, operators change it
    "images:shared_out": Row("/sharing/", signed_in()),
    "images:shared_out_csv": Row("/sharing/csv/", signed_in()),
    "images:revoke": Row("/sharing/revoke/", None, operate(foreign=422, data={"share": "{out_share}"})),
    "images:partners": Row("/sharing/partners/", signed_in()),
    "images:recipient": Row("/sharing/with/{partner_id}/", signed_in()),
    "images:partner_add": Row("/sharing/partners/add/", operate(), operate(422)),
    "images:partner_import": Row("/sharing/partners/import/", operate(), operate(422)),
    "images:partner_found": Row("/sharing/partners/iam/", staff(), staff(422)),
    "images:partner_change": Row("/sharing/partners/{partner}/change/", operate(), operate(422)),
    "images:partner_remove": Row("/sharing/partners/{partner}/remove/", operate(), operate(302)),
    "images:shared_in": Row("/sharing/in/", signed_in()),
    "images:shared_in_act": Row("/sharing/in/act/", None, decide(422)),
    "images:shared_in_share": Row("/sharing/in/{share}/", view()),
    "images:shared_in_vote": Row("/sharing/in/{share}/vote/reject/", decide(), decide(422)),
    "images:shared_in_say": Row("/sharing/in/{share}/say/", None, either(302, data={"text": "x"})),
    "images:shared_in_assign": Row("/sharing/in/{share}/assign/", None, decide(302)),
    "images:shared_in_reopen": Row("/sharing/in/{share}/reopen/", None, decide(302)),
    "images:shared_in_send": Row("/sharing/in/{share}/send/", None, decide(302)),
    "images:project_share_policy": Row("/projects/{project}/share-policy/", view(), administer(422)),
    "images:consents": Row("/consents/", signed_in()),
    "images:consent": Row("/consents/{consent}/", view(), decide(422)),
    "images:project": Row("/projects/{project}/", view()),
    "images:project_consent": Row("/projects/{project}/consent/", None, administer(422)),
    "images:project_quota": Row("/projects/{project}/quota/", None, administer(422)),
    "images:quotas": Row("/quotas/", signed_in()),
    "images:quotas_csv": Row("/quotas/csv/", signed_in()),
    "images:quota": Row("/quotas/{project}/", view()),
    "images:quota_spare": Row("/quotas/{project}/spare/", view()),
    "images:quota_csv": Row("/quotas/{project}/csv/", view()),
    "images:people": Row("/people/", staff()),
    "images:person_add": Row("/people/add/", staff(), staff(422)),
    "images:person": Row("/people/{person}/", staff()),
    "images:person_change": Row("/people/{person}/change/", staff(), staff(422)),
    "images:person_active": Row("/people/{person}/active/", None, staff(302)),
    "images:person_link": Row("/people/{person}/link/", None, staff()),
    "images:person_second_factor": Row("/people/{person}/second-factor/", staff(), staff(302)),
    "images:person_sessions": Row("/people/{person}/sessions/", staff(), staff(302)),
    "images:teams": Row("/teams/", staff()),
    "images:team_add": Row("/teams/add/", staff(), staff(422)),
    "images:team": Row("/teams/{team}/", staff()),
    "images:team_change": Row("/teams/{team}/change/", staff(), staff(422)),
    "images:team_remove": Row("/teams/{team}/remove/", staff(), staff(302)),
    "images:team_member_add": Row("/teams/{team}/members/add/", None, staff(422)),
    "images:team_member_remove": Row("/teams/{team}/members/{person}/remove/", None, staff(302)),
    "images:team_grant": Row("/teams/{team}/roles/add/", None, staff(422)),
    "images:team_revoke": Row("/teams/{team}/roles/{grant}/remove/", None, staff(302)),
    "images:project_people": Row("/projects/{project}/people/", view()),
    "images:notices": Row("/notices/", signed_in()),
    "images:notice_bell": Row("/notices/bell/", signed_in(302)),
    "images:notices_read": Row("/notices/read/", None, signed_in(302)),
    "images:notice_preferences": Row("/notices/preferences/", signed_in(), signed_in(422)),
    # webhooks: only those who administer the project, or the console, see their addresses
    "images:webhooks": Row("/webhooks/", signed_in()),
    "images:webhook_add": Row("/webhooks/add/?project={project}", administer(), administer(422)),
    "images:webhook": Row("/webhooks/{webhook}/", administer()),
    "images:webhook_change": Row("/webhooks/{webhook}/change/", administer(), administer(422)),
    "images:webhook_remove": Row("/webhooks/{webhook}/remove/", administer(), administer(302)),
    "images:webhook_secret": Row("/webhooks/{webhook}/secret/", None, administer(200)),
    "images:webhook_test": Row("/webhooks/{webhook}/test/", None, administer(302)),
    "images:delivery": Row("/webhooks/{webhook}/deliveries/{delivery}/", administer()),
    "images:delivery_again": Row("/webhooks/{webhook}/deliveries/{delivery}/again/", None, administer(302)),
    "images:audit": Row("/audit/", signed_in()),
    "images:audit_export": Row("/audit/export/csv/", signed_in()),
    # accounts: only administrators of the console change them
    "images:accounts": Row("/clouds/", signed_in()),
    "images:account_add": Row("/clouds/add/", staff(), staff(422)),
    "images:account_change": Row("/clouds/{account}/change/", staff(), staff(422)),
    "images:account_pick": Row("/clouds/{account}/projects/", staff(), staff(302)),
    "images:account_remove": Row("/clouds/{account}/remove/", staff(), staff(302)),
    "images:sync_now": Row("/clouds/sync/", None, view(302, data={"holder": "{holder}"})),
    "images:sync_state": Row("/clouds/sync/state/", signed_in(286)),
}
