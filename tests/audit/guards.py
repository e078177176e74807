"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, signed_in

ROWS: dict[str, Row] = {
    "images:audit": Row("/audit/", signed_in()),
    "images:audit_export": Row("/audit/export/csv/", signed_in()),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "audit.services.recording.record": "writes down what somebody else has checked",
}
