"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, owner, signed_in

ROWS: dict[str, Row] = {
    "images:by_tag": Row("/images/by-tag/", signed_in()),
    "images:saved_views": Row("/images/views/", signed_in()),
    "images:saved_view_add": Row("/images/views/add/", signed_in(), signed_in(422)),
    "images:saved_view_change": Row("/images/views/{saved_view}/change/", owner(), owner(422)),
    "images:saved_view_delete": Row("/images/views/{saved_view}/delete/", owner(), owner(302)),
}
