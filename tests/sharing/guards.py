"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, operate, signed_in
from tests.guards.services import Service

#: Everybody sees it, operators change it.
ROWS: dict[str, Row] = {
    "images:shared_out": Row("/sharing/", signed_in()),
    "images:shared_out_csv": Row("/sharing/csv/", signed_in()),
    "images:revoke": Row("/sharing/revoke/", None, operate(foreign=422, data={"share": "{out_share}"})),
    "images:recipient": Row("/sharing/with/{partner_id}/", signed_in()),
    "images:partner_remove": Row("/sharing/partners/{partner}/remove/", operate(), operate(302)),
}

SERVICES: dict[str, Service] = {
    "sharing.services.sharing.forget": Service(Who.OPERATE, lambda things: {"shares": [things.gone_share]}),
    "sharing.services.sharing.revoke": Service(Who.OPERATE, lambda things: {"shares": [things.out_share], "key": "k"}),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "sharing.services.sharing.revoke_plan": "answers, and names refusals among its answers",
}
