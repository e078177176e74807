"""Who gets what: a row for every URL of the console. test_roles.py fails for a URL that has none.

A cell is the status of a GET (or of `method`); LOGIN is the redirect to the sign-in page. `{image}`, `{view}` and the
like in a path are filled in by the test's world.
"""

from dataclasses import dataclass

LOGIN = "login"
Cell = int | str


@dataclass(frozen=True)
class Row:
    path: str
    anonymous: Cell
    viewer: Cell
    admin: Cell
    method: str = "get"


def both(path: str, code: int = 200, method: str = "get") -> Row:
    """For everybody who is signed in, and nobody else."""
    return Row(path, LOGIN, code, code, method)


def open_to_all(path: str, code: int = 200, signed_in: int = 200, method: str = "get") -> Row:
    return Row(path, code, signed_in, signed_in, method)


ROWS: dict[str, Row] = {
    # sign-in, by allauth; those who are signed in are sent on
    "account_login": open_to_all("/accounts/login/", 200, 302),
    "account_logout": open_to_all("/accounts/logout/", 302, 200),
    "account_inactive": open_to_all("/accounts/inactive/"),
    "account_signup": open_to_all("/accounts/signup/", 200, 302),
    "account_reauthenticate": both("/accounts/reauthenticate/"),
    "account_email": both("/accounts/email/"),
    "account_email_verification_sent": open_to_all("/accounts/confirm-email/"),
    "account_change_password": both("/accounts/password/change/"),
    "account_set_password": both("/accounts/password/set/", 302),
    "account_reset_password": open_to_all("/accounts/password/reset/"),
    "account_confirm_login_code": open_to_all("/accounts/login/code/confirm/", 302, 302),
    "account_confirm_email": open_to_all("/accounts/confirm-email/nothing/"),
    "account_reset_password_from_key_done": open_to_all("/accounts/password/reset/key/done/"),
    "account_reset_password_from_key": open_to_all("/accounts/password/reset/key/1-nothing/"),
    "account_reset_password_done": open_to_all("/accounts/password/reset/done/"),
    # the console
    "images:healthz": open_to_all("/healthz"),
    "images:home": open_to_all("/", 302, 302),
    "images:theme": open_to_all("/preferences/theme/", 302, 302, "post"),
    "images:components": both("/components/"),
    "images:list": both("/images/"),
    "images:create": Row("/images/create/", LOGIN, 403, 200),
    "images:detail": both("/images/{image}/"),
    "images:rows_now": both("/images/now/?images={image}", 286),
    "images:image_now": both("/images/{image}/now/", 204),
    "images:edit": Row("/images/{image}/edit/", LOGIN, 403, 200),
    "images:fields": both("/images/{image}/fields/", 302),
    "images:field": Row("/images/{image}/field/?name=name", LOGIN, 403, 200),
    "images:field_now": both("/images/{image}/field/now/?name=name", 302),
    "images:field_undo": both("/images/{image}/field/undo/?name=name", 404, "post"),
    "images:tags": both("/images/{image}/tags/"),
    "images:tags_list": both("/images/{image}/tags/list/"),
    "images:tags_undo": both("/images/{image}/tags/undo/", 404, "post"),
    "images:tag_words": both("/images/tag-words/"),
    "images:members": both("/images/{foreign}/members/", 404),
    "images:by_id": both("/images/by-id/{region}/{image_id}/", 302),
    "images:act": Row("/images/act/delete/?image={image}", LOGIN, 403, 200),
    "images:tag_catalogue": both("/tags/"),
    "images:tag_csv": both("/tags/csv/"),
    "images:tag_csv_download": both("/tags/csv/download/?image={image}"),
    "images:tag_csv_look": Row("/tags/csv/{tag_file}/", LOGIN, 404, 200),
    "images:tag_csv_discard": Row("/tags/csv/{tag_file}/discard/", LOGIN, 404, 302, "post"),
    "images:operations": both("/operations/"),
    "images:tray": both("/operations/tray/", 302),
    "images:operation": both("/operations/{operation}/"),
    "images:operation_state": both("/operations/{operation}/state/?seen=1", 204),
    "images:operation_cancel": Row("/operations/{operation}/cancel/", LOGIN, 403, 302, "post"),
    "images:operation_retry": Row("/operations/{operation}/retry/", LOGIN, 403, 302, "post"),
    "images:operation_undo": both("/operations/{operation}/undo/", 302, "post"),
    "images:operation_settle": both("/operations/{operation}/items/0/settle/", 404, "post"),
    "images:facet": both("/images/facet/status/"),
    "images:completion": both("/images/complete/?text=os:u"),
    "images:query_help": both("/images/search-help/"),
    "images:preference": both("/images/preference/", 302, "post"),
    "images:export": both("/images/export/csv/"),
    "images:saved_views": both("/images/views/"),
    "images:saved_view_add": both("/images/views/add/"),
    "images:saved_view_change": Row("/images/views/{view}/change/", LOGIN, 200, 404),
    "images:saved_view_delete": Row("/images/views/{view}/delete/", LOGIN, 200, 404),
    # accounts: only administrators change them
    "images:accounts": both("/clouds/"),
    "images:account_add": Row("/clouds/add/", LOGIN, 403, 200),
    "images:account_change": Row("/clouds/{account}/change/", LOGIN, 403, 200),
    "images:account_pick": Row("/clouds/{account}/projects/", LOGIN, 403, 200),
    "images:account_remove": Row("/clouds/{account}/remove/", LOGIN, 403, 200),
    "images:sync_now": both("/clouds/sync/", 302, "post"),
    "images:sync_state": both("/clouds/sync/state/", 286),
}
