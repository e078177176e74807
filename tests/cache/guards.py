"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, signed_in, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:sync_now": Row("/clouds/sync/", None, view(302, data={"holder": "{holder}"})),
    "images:sync_state": Row("/clouds/sync/state/", signed_in(286)),
}

SERVICES: dict[str, Service] = {
    "cache.services.sync_requests.request_sync": Service(Who.VIEW, lambda things: {"holders": [things.project]}),
}
