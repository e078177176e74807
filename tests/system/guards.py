"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, anybody, signed_in

ROWS: dict[str, Row] = {
    "images:healthz": Row("/healthz", anybody()),
    "images:readyz": Row("/readyz", anybody()),
    "images:metrics": Row("/metrics", anybody(403)),  # but to whoever has the token, who is nobody of these
    "images:theme": Row("/preferences/theme/", None, anybody(302)),
    "images:components": Row("/components/", signed_in()),
}
