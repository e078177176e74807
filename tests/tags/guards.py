"""Who may what in this room, for the guards (tests/guards/tables.py)."""

from images.tags.services.policy import WantedPolicy
from tests.guards.roles import Row, Who, administer, operate, owner, signed_in, view
from tests.guards.services import Service

ROWS: dict[str, Row] = {
    "images:tags": Row("/images/{image}/tags/", view(), operate(422)),
    "images:tags_list": Row("/images/{image}/tags/list/", view()),
    "images:tags_undo": Row("/images/{image}/tags/undo/", None, operate(404)),
    "images:tag_words": Row("/images/tag-words/", signed_in()),
    "images:tag_catalogue": Row("/tags/", signed_in()),
    "images:tag_policies": Row("/tags/policy/", signed_in()),
    "images:tag_policy": Row("/tags/policy/{project}/", view()),
    "images:tag_policy_change": Row("/tags/policy/{project}/change/", administer(), administer()),
    "images:by_tag_check": Row("/images/tag-check/?q=tag:nobody%20project:nobody", signed_in()),
    "images:tag_csv": Row("/tags/csv/", signed_in(), operate(422)),
    "images:tag_csv_download": Row(
        "/tags/csv/download/?image={image}", view(foreign=422), view(foreign=422, data={"image": "{image}"})
    ),
    "images:tag_csv_look": Row("/tags/csv/{tag_file}/", owner(), owner(409)),
    "images:tag_csv_discard": Row("/tags/csv/{tag_file}/discard/", None, owner(302)),
}

SERVICES: dict[str, Service] = {
    "tags.services.csv.keeping.keep": Service(
        Who.OPERATE,
        lambda _things: {"name": "t.csv", "content": b"image_id,tag:a\nx,1\n", "empty_removes": False},
        of_a_project=False,
    ),
    "tags.services.policy.save": Service(
        Who.ADMINISTER, lambda things: {"project": things.project, "wanted": WantedPolicy(())}
    ),
}

#: Function → why it asks no permission.
UNGUARDED: dict[str, str] = {
    "tags.services.check.comparison.check": "reads only, of what the actor sees",
    "tags.services.csv.keeping.apply": "submits what a plan says; submit checks",
    "tags.services.csv.planning.plan": "answers, and names refusals among its answers",
}
