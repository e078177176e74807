"""Who gets what: one line for every URL, in tests/<room>/guards.py. test_roles.py fails for a URL that has none.

    "images:edit": Row("/images/{image}/edit/", get=operate(), post=operate(422)),

A line says for GET and for POST *who may* and what they then get; a method that is left out is answered with 405. What
everybody else gets follows from who may, for each of the seven roles of tests/guards/cast.py:

| who may | without a session | no role in the project | a role without the ability | the ability elsewhere |
|---|---|---|---|---|
| anybody | as told | as told | as told | as told |
| signed_in | sign-in page | as told | as told | as told |
| view, operate, decide, either, administer | sign-in page | 404 | 403 | 404 |
| staff | sign-in page | 403 | 403 | 403 |
| owner (the operator) | sign-in page | 404 | 404 | 404 |

In a path and in `data` (what is posted), `{image}`, `{operation}` and the like are filled in by the test's world: first
with objects of the project in which the cast has its roles, then with those of a foreign project, where only staff get
anything else than 404. A path that names nothing of a project is asked for once; there `otherwise` (403) is what those
get who have the ability nowhere, and `stranger` what somebody gets who is in no team at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial


class Who(StrEnum):
    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    VIEW = "view"
    OPERATE = "operate"
    DECIDE = "decide"
    EITHER = "operate or decide"
    ADMINISTER = "administer"
    STAFF = "staff"
    OWNER = "owner"


@dataclass(frozen=True)
class Answer:
    """What those who may get; for `anybody`, `signed_in` is what people with a session get when that differs."""

    who: Who
    code: int = 200
    signed_in: int | None = None
    otherwise: int = 403
    stranger: int | None = None
    foreign: int = 404
    data: Mapping[str, str] = field(default_factory=dict)


anybody = partial(Answer, Who.ANYBODY)
signed_in = partial(Answer, Who.SIGNED_IN)
view = partial(Answer, Who.VIEW)
operate = partial(Answer, Who.OPERATE)
decide = partial(Answer, Who.DECIDE)
either = partial(Answer, Who.EITHER)
administer = partial(Answer, Who.ADMINISTER)
staff = partial(Answer, Who.STAFF)
owner = partial(Answer, Who.OWNER)


@dataclass(frozen=True)
class Row:
    path: str
    get: Answer | None = None
    post: Answer | None = None
