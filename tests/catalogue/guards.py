"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, operate, signed_in, view

ROWS: dict[str, Row] = {
    "images:list": Row("/images/", signed_in()),
    "images:detail": Row("/images/{image}/", view()),
    "images:rows_now": Row("/images/now/?images={image}", signed_in(286)),
    "images:image_now": Row("/images/{image}/now/", view(204)),
    "images:edit": Row("/images/{image}/edit/", operate(), operate(422)),
    "images:members": Row("/images/{shared_in}/members/", view(404)),
    "images:by_id": Row("/images/by-id/{region}/{image_id}/", view(302)),
    "images:act": Row(
        "/images/act/delete/?image={image}", operate(foreign=422), operate(foreign=422, data={"image": "{image}"})
    ),
    "images:facet": Row("/images/facet/status/", signed_in()),
    "images:completion": Row("/images/complete/?text=os:u", signed_in()),
    "images:query_help": Row("/images/search-help/", signed_in()),
    "images:preference": Row("/images/preference/", None, signed_in(302)),
    "images:export": Row("/images/export/csv/", signed_in()),
}
