"""Every page as somebody who may see one project and not the other, with which an operation mixes it.

What stands in the unseen project alone is marked: names, tags, ids, people, words. None of it may come back in any
answer, mail, notice or webhook. A parent that may be seen is no way to its children that may not.
"""

import json
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Grant
from images.audit.models import AuditEntry
from images.cache.models.image import Image, ImageChange
from images.clouds.models import Project
from images.core.encryption import encrypt
from images.incoming.models import IncomingShare
from images.notices.models import Delivery, NoticeCopy, Webhook
from images.notices.services import delivery, distribution
from images.notices.services.webhooks import posting
from images.operations.enums import ActionKind, ItemState
from images.operations.models.consent import Consent, ConsentPolicy
from images.operations.models.operation import Job, Operation, OperationEvent, OperationItem
from images.operations.services import Target, consent, submit
from images.operations.services.states import follow, move
from images.sharing.models import Share
from tests import factories
from tests.conftest import grant, person
from tests.guards.cast import STRANGER, World, build
from tests.guards.tables import ROWS

#: Stands in all text of the unseen project.
MARK = "zq7unseen"
ROLES = (STRANGER, Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMINISTRATOR)
#: Who may most, and least: the first is shown all that the other is, and is asked in `make test`.
MOST_AND_LEAST = (Role.ADMINISTRATOR, pytest.param(Role.VIEWER, marks=pytest.mark.lane(minutes=0.01)))


@dataclass(frozen=True)
class Scene:
    world: World
    own: Project
    unseen: Project
    #: Over both projects: one that ended in part, one that waits for consent, one under way; the unseen image first.
    mixed: tuple[Operation, ...]
    #: Strings that are of the unseen project alone.
    marks: tuple[str, ...]
    sessions: dict[str, str]


def stage() -> Scene:
    world = build()
    own, unseen = Project.objects.get(name="own"), Project.objects.get(name="foreign")
    marks = mark(world, unseen)
    both = person("both")
    for project in (own, unseen):
        grant(both, Role.OPERATOR, project=project)
        ConsentPolicy.objects.create(project=project, for_delete=True)
    mine = [*Image.objects.filter(project=own, owner=own.project_id)]
    theirs = [*Image.objects.filter(project=unseen, owner=unseen.project_id)]
    tagged, deleted, moving = (
        ask(both, kind, theirs[:2] + mine[:1]) for kind in (ActionKind.TAG, ActionKind.DELETE, ActionKind.TAG)
    )
    end(tagged, own, unseen)
    hold(moving, unseen)
    comment = f"{MARK} comment"
    asked = Consent.objects.get(operation=deleted, project=unseen)
    consent.give(actor=person(f"{MARK}decider", Role.APPROVER, project=unseen), consent=asked, comment=comment)
    sessions = {}
    for role in ROLES:
        client = Client()
        client.force_login(world.people[role])
        sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Scene(world, own, unseen, (tagged, deleted, moving), marks, sessions)


def mark(world: World, unseen: Project) -> tuple[str, ...]:
    """Everything that the unseen project has gets a name by which it is recognised."""
    Project.objects.filter(pk=unseen.pk).update(name=f"{MARK}project")
    unseen.refresh_from_db()
    owned = {"status": "active", "protected": False, "virtual_env_type": "FusionCompute"}
    documents = [
        factories.document(70 + n, unseen.project_id)
        | owned
        | {
            "name": f"{MARK}-image-{n}",
            "tags": [f"{MARK}key=zq7unseenvalue", "env=prod"],
            "__description": f"{MARK} words",
        }
        | {"__os_version": f"{MARK} OS", "__platform": f"{MARK}form"}
        for n in range(3)
    ]
    factories.put(unseen, *documents)
    asker = person(f"{MARK}person")
    Operation.objects.filter(project=unseen).update(summary=f"{MARK} op", actor=asker, actor_name=asker.username)
    OperationItem.objects.filter(project=unseen).update(image_name=f"{MARK} item", error=f"{MARK} error")
    Share.objects.filter(project=unseen).update(image_name=f"{MARK} share")
    IncomingShare.objects.filter(project=unseen).update(name=f"{MARK} incoming")
    Webhook.objects.filter(project=unseen).update(name=f"{MARK} hook", url=f"https://{MARK}.example.com/")
    ImageChange.objects.create(
        region_name=unseen.region.name, project_id_at_cloud=unseen.project_id, project_name=unseen.name,
        image_id=documents[0]["id"], image_name=documents[0]["name"], kind="changed", observed_at=timezone.now(),
    )  # fmt: skip
    ids = Image.objects.filter(project=unseen).values_list("image_id", flat=True)
    assert ids.count() > 3
    return (MARK, unseen.project_id, *ids)


def ask(actor, kind: ActionKind, images: list[Image]) -> Operation:
    """Each image of an act on tags gets one of its own, as from a file."""
    targets = [
        Target(one.project, one, one.name or one.image_id, tags(one) if kind == ActionKind.TAG else {})
        for one in images
    ]
    return submit(actor=actor, kind=kind, targets=targets, key=f"mixed-{Operation.objects.count()}")


def tags(image: Image) -> dict:
    """Of an act on tags: the image's own."""
    own = f"{MARK}tag" if MARK in image.name else "ours"
    return {"add": [{"key": own, "value": "1"}], "remove": [], "before": {}}


def end(operation: Operation, own: Project, unseen: Project) -> None:
    """One of ours is done, one of theirs has failed, and one nobody knows about."""
    states = {ItemState.FAILED: f"{MARK} failure", ItemState.UNKNOWN: f"{MARK} doubt"}
    for item, (state, error) in zip(operation.items.filter(project=unseen), states.items(), strict=True):
        job = Job.objects.create(
            project=unseen, job_id=f"{MARK}job{item.pk}", kind=operation.kind, deadline=timezone.now()
        )
        move([item], ItemState.SENT, sent_at=timezone.now())
        move([item], state, error=error, job=job, result={"image_id": f"{MARK}made"})
        OperationEvent.objects.create(operation=operation, item=item, text=f"{MARK} event")
    for item in operation.items.filter(project=own):
        move([item], ItemState.SENT, sent_at=timezone.now())
        move([item], ItemState.DONE)
    follow(operation.pk)
    operation.refresh_from_db()
    assert operation.is_final


def hold(operation: Operation, unseen: Project) -> None:
    item = operation.items.filter(project=unseen).first()
    move([item], ItemState.SENT, sent_at=timezone.now())
    follow(operation.pk)


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield stage()
        transaction.set_rollback(True)


def answer(scene: Scene, role: str, method: str, path: str, data=None, **headers: str) -> tuple[int, str]:
    """Status, and everything that came: headers, cookies, body. What was done on the way is taken back."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = scene.sessions[role]
    cache.clear()
    with transaction.atomic():
        got = getattr(client, method)(path, data, headers=headers)
        body = got.getvalue() if got.streaming else got.content
        transaction.set_rollback(True)
    told = "\n".join(f"{name}: {value}" for name, value in got.items())
    return got.status_code, f"{told}\n{got.cookies.output()}\n{body.decode(errors='replace')}"


def told(scene: Scene, text: str) -> list[str]:
    """Which of the marks stand in it, with what is around the first."""
    found = [one for one in scene.marks if one.lower() in text.lower()]
    at = text.lower().find(found[0].lower()) if found else 0
    return [*found, text[max(0, at - 120) : at + 60]] if found else []


def asked_of(scene: Scene, name: str):
    """(method, path, data, headers) of a line of the table: in the own project, plain and from htmx."""
    row, things = ROWS[name], scene.world.own
    for headers in ({}, {"HX-Request": "true"}):
        if row.get is not None:
            yield "get", row.path.format(**things), None, headers
        if row.post is not None and not headers:
            yield "post", row.path.format(**things), {k: v.format(**things) for k, v in row.post.data.items()}, headers
    if "{operation}" in row.path:
        for operation in scene.mixed:
            path = row.path.format(**things | {"operation": operation.pk}).partition("?")[0]
            for query in ("", "?items=failed", "?items=unknown", "?items=done&page=2"):
                yield ("get" if row.get is not None else "post"), path + query, None, {}


@pytest.mark.django_db
@pytest.mark.parametrize("role", MOST_AND_LEAST)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_no_page_tells_of_a_project_that_may_not_be_seen(name, role, scene):
    wrong = []
    for method, path, data, headers in asked_of(scene, name):
        _status, text = answer(scene, role, method, path, data, **headers)
        if found := told(scene, text):
            wrong.append(f"{method.upper()} {path} {headers}: {found}")
    assert not wrong, "\n".join(wrong)


MORE = [
    "/operations/?whose=all", "/operations/?state=open", "/operations/?state=partly", "/operations/?kind=tag",
    "/operations/now/?seen={seen}", "/consents/?show=open", "/consents/?show=ended", "/consents/?show=mine",
    "/consents/{consent}/", "/dashboard/operations/", "/dashboard/changes/", "/dashboard/freshness/",
    "/audit/?object=operation:{tagged}", "/audit/export/json/", "/audit/export/csv/", "/images/export/json/",
    "/images/export/csv/", "/images/complete/?text=tag:zq", "/images/complete/?text=os:",
    "/images/complete/?text=project:", "/images/complete/?text=tag:", "/images/facet/tag/",
    "/images/facet/platform/", "/images/facet/project/", "/images/tag-words/?tag_key=z", "/tags/?sort=count",
    "/reports/?report=operations", "/reports/csv/?report=operations", "/reports/?report=inventory",
    "/reports/csv/?report=shares", "/reports/csv/?report=quotas", "/quotas/csv/", "/sharing/csv/",
    "/sharing/in/?box=decided", "/images/{image}/?tab=operations", "/images/{image}/?tab=history",
    "/images/{image}/?tab=lineage", "/notices/", "/webhooks/", "/people/", "/images/by-tag/?tag_key=env",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("role", MOST_AND_LEAST)
@pytest.mark.parametrize("path", MORE)
def test_nor_do_lists_suggestions_and_exports(path, role, scene):
    tagged, deleted, moving = scene.mixed
    seen = f"{tagged.pk}:0-{deleted.pk}:0-{moving.pk}:0"
    asked = Consent.objects.get(operation=deleted, project=scene.own).pk
    filled = path.format(**scene.world.own | {"seen": seen, "tagged": tagged.pk, "consent": asked})
    for headers in ({}, {"HX-Request": "true"}):
        _status, text = answer(scene, role, "get", filled, **headers)
        assert not told(scene, text), headers


@pytest.mark.django_db
def test_what_may_be_seen_of_a_mixed_operation_is_there_and_the_rest_is_said_to_be_there(scene):
    tagged, _deleted, moving = scene.mixed
    ours = tagged.items.get(project=scene.own).image_name
    for role in (Role.VIEWER, Role.OPERATOR):
        for path in (f"/operations/{tagged.pk}/", f"/operations/{tagged.pk}/state/?seen=0", "/operations/"):
            status, text = answer(scene, role, "get", path)
            assert status in (200, 286)
            assert f"{ours}, and others that you may not see" in text
    _status, text = answer(scene, Role.VIEWER, "get", f"/operations/{tagged.pk}/")
    assert "It is also about images that you may not see" in text
    status, text = answer(scene, Role.VIEWER, "get", f"/operations/{moving.pk}/state/?seen=0", **{"HX-Request": "true"})
    assert status == 200
    assert ours in text


@pytest.mark.django_db
def test_who_sees_all_of_it_is_shown_all_of_it_even_after_somebody_who_does_not(scene):
    """What is drawn once for several people is not drawn for people who see different things."""
    moving = scene.mixed[2]
    path, hx = f"/operations/{moving.pk}/state/?seen=0", {"HX-Request": "true"}
    sees = person("sees", Role.VIEWER)
    client = Client()
    client.force_login(sees)
    assert MARK in client.get(path, headers=hx).content.decode()
    assert not told(scene, answer(scene, Role.VIEWER, "get", path, **hx)[1])
    assert MARK in client.get(path, headers=hx).content.decode()


@pytest.mark.django_db
def test_filters_find_nothing_by_what_may_not_be_seen(scene):
    links = [f'href="/operations/{one.pk}/"' for one in scene.mixed]
    image = scene.mixed[0].items.filter(project=scene.unseen).first()
    for query in (
        f"project={scene.unseen.pk}",
        "text=zq7unseen-image",
        f"text={image.image_uid}",
        f"person={MARK}person",
    ):
        _status, text = answer(scene, Role.ADMINISTRATOR, "get", f"/operations/?{query}")
        assert not [one for one in links if one in text], query
    _status, text = answer(scene, Role.ADMINISTRATOR, "get", f"/operations/?project={scene.own.pk}")
    assert all(one in text for one in links)
    _status, text = answer(scene, Role.ADMINISTRATOR, "get", f"/audit/?object=image:{image.image_uid}")
    assert "No entry" in text or "Nothing matches" in text


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_nobody_acts_on_what_they_may_not_see(role, scene):
    tagged, deleted, _moving = scene.mixed
    hidden = tagged.items.get(state=ItemState.UNKNOWN)
    before = list(OperationItem.objects.order_by("pk").values_list("pk", "state"))
    for path in (
        f"/operations/{tagged.pk}/retry/", f"/operations/{tagged.pk}/undo/", f"/operations/{deleted.pk}/cancel/",
        f"/operations/{tagged.pk}/items/{hidden.pk}/settle/",
    ):  # fmt: skip
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = scene.sessions[role]
        with transaction.atomic():
            got = client.post(path, {"key": "0" * 32, "happened": "yes"})
            now = list(OperationItem.objects.order_by("pk").values_list("pk", "state"))
            transaction.set_rollback(True)
        assert got.status_code in (403, 404), path
        assert now == before
        assert not told(scene, got.content.decode())
    assert client.post(f"/operations/{tagged.pk}/items/{hidden.pk}/settle/").status_code == 404


@pytest.mark.django_db
def test_what_is_told_by_notice_mail_and_webhook_is_of_projects_that_the_reader_sees(scene):
    secret = encrypt("whsec_eA==")
    hook = Webhook.objects.create(name="ours", url="https://hooks.example.com/own", project=scene.own, secret=secret)
    _tagged, deleted, _moving = scene.mixed
    both = deleted.actor
    images = [*Image.objects.filter(project=scene.unseen)[:2], *Image.objects.filter(project=scene.own)[:1]]
    last = ask(both, ActionKind.TAG, images)
    Grant.objects.filter(team__memberships__user=both, project=scene.unseen).delete()
    end(last, scene.own, scene.unseen)
    ours = Consent.objects.get(operation=deleted, project=scene.own)
    consent.refuse(actor=scene.world.people[Role.APPROVER], consent=ours, comment="no")
    Delivery.objects.exclude(webhook=hook).exclude(webhook=None).delete()
    distribution.distribute_due()
    Delivery.objects.filter(way="digest").update(way="mail", next_at=timezone.now())
    bodies = [posting.body_of(one).decode() for one in Delivery.objects.filter(webhook=hook).select_related("notice")]
    assert len(bodies) >= 2
    assert not [found for body in bodies if (found := told(scene, body))]
    Delivery.objects.filter(webhook=hook).delete()  # nobody listens there
    delivery.work_due()
    mine = [scene.world.people[role] for role in ROLES] + [both]
    copies = NoticeCopy.objects.filter(user__in=mine, notice__at__gte=last.created_at).select_related("notice")
    assert {copy.notice.kind for copy in copies} >= {"answer", "operation"}
    for copy in copies:
        assert not told(scene, f"{copy.notice.subject} {copy.notice.text} {copy.notice.url}"), copy.notice.kind
    letters = [one for one in mail.outbox if {*one.to} & {one.email for one in mine}]
    assert letters
    for letter in letters:
        assert not told(scene, str(letter.message())), letter.subject
    entries = AuditEntry.objects.filter(project_pk=scene.own.pk, subject_kind="operation")
    assert entries.count() > 5
    for entry in entries:
        words = json.dumps([entry.sentence, entry.subject_name, entry.before, entry.after])
        assert not told(scene, words)
