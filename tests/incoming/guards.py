"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from tests.guards.roles import Row, Who, administer, decide, either, signed_in, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:shared_in": Row("/sharing/in/", signed_in()),
    "images:shared_in_act": Row("/sharing/in/act/", None, decide(422)),
    "images:shared_in_share": Row("/sharing/in/{share}/", view()),
    "images:shared_in_vote": Row("/sharing/in/{share}/vote/reject/", decide(), decide(422)),
    "images:shared_in_say": Row("/sharing/in/{share}/say/", None, either(302, data={"text": "x"})),
    "images:shared_in_assign": Row("/sharing/in/{share}/assign/", None, decide(302)),
    "images:shared_in_reopen": Row("/sharing/in/{share}/reopen/", None, decide(302)),
    "images:shared_in_send": Row("/sharing/in/{share}/send/", None, decide(302)),
    "images:project_share_policy": Row("/projects/{project}/share-policy/", view(), administer(422)),
}

SERVICES: dict[str, Service] = {
    "incoming.services.decisions.reopen": Service(Who.DECIDE, lambda things: {"share": things.share, "why": "x"}),
    "incoming.services.decisions.send_again": Service(Who.DECIDE, lambda things: {"share": things.share}),
    "incoming.services.votes.vote": Service(Who.DECIDE, lambda things: {"shares": [things.share], "approves": True}),
    "incoming.services.comments.ask": Service(Who.DECIDE, lambda things: {"share": things.share, "text": "x"}),
    "incoming.services.comments.assign": Service(Who.DECIDE, lambda things: {"share": things.share, "to": None}),
    "incoming.services.comments.comment": Service(Who.EITHER, lambda things: {"share": things.share, "text": "x"}),
    "incoming.services.policies.save_policy": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "terms": {"approvals": 2}, "seen_version": 0}
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "incoming.services.vote_preview.preview_vote": "tells what the person may vote on, and why not on the rest",
    "incoming.services.decisions.decide": "carries out what votes or a policy have decided",
}
