"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, administer, signed_in
from tests.guards.services import Service

HOOK = {"url": "https://hooks.example.com/", "kinds": [], "active": True}

ROWS: dict[str, Row] = {
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
}

SERVICES: dict[str, Service] = {
    "notices.services.webhooks.changing.add": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "name": "x", **HOOK}
    ),
    "notices.services.webhooks.changing.change": Service(
        Who.ADMINISTER, lambda things: {"webhook": things.webhook, "name": "y", **HOOK}
    ),
    "notices.services.webhooks.changing.new_secret_of": Service(
        Who.ADMINISTER, lambda things: {"webhook": things.webhook}
    ),
    "notices.services.webhooks.changing.remove": Service(Who.ADMINISTER, lambda things: {"webhook": things.webhook}),
    "notices.services.webhooks.changing.send_again": Service(
        Who.ADMINISTER, lambda things: {"delivery": things.delivery}
    ),
    "notices.services.webhooks.changing.test": Service(Who.ADMINISTER, lambda things: {"webhook": things.webhook}),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "notices.services.webhooks.changing.can_change": "answers",
}
