"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, signed_in

ROWS: dict[str, Row] = {
    "images:home": Row("/", signed_in()),
    "images:tile": Row("/dashboard/approvals/", signed_in()),
}
