"""The pages of operations: what is shown, what polls answer, who may do what."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Team
from images.clouds.models import Project
from images.operations.enums import ItemState, OperationState
from images.operations.models.operation import Operation, OperationItem
from tests import factories
from tests.catalogue.test_act_views import text
from tests.conftest import grant

pytestmark = [pytest.mark.also_on_postgres, pytest.mark.django_db]


def make(actor, *states: str, kind: str = "edit", state: str = OperationState.RUNNING) -> Operation:
    """An operation with an item in each of these states, as the engine would leave it."""
    project = factories.project(f"p-{uuid.uuid4().hex[:6]}")
    factories.put(project, *(factories.document(number, project.project_id) for number in range(len(states))))
    open_states = {"waiting": "waiting", "sent": "running", "doubt": "running", "following": "running"}
    counters = dict.fromkeys(("waiting", "running", "done", "failed", "cancelled", "unknown"), 0)
    for one in states:
        counters[open_states.get(one, one)] += 1
    final = state not in {OperationState.RUNNING, OperationState.WAITING}
    operation = Operation.objects.create(
        kind=kind, state=state, actor=actor, actor_name=actor.get_username(), project=project, key=uuid.uuid4().hex,
        summary="some images", total=len(states), finished_at=timezone.now() if final else None, **counters,
    )  # fmt: skip
    images = list(project.images.order_by("pk"))
    for position, (one, image) in enumerate(zip(states, images, strict=True)):
        OperationItem.objects.create(
            operation=operation, position=position, project=project, image=image, image_uid=image.image_id,
            image_name=image.name, state=one, next_at=timezone.now(),
            **({"error_code": "IMG.0028", "error": "The image is protected."} if one == "failed" else {}),
        )  # fmt: skip
    return operation


def test_the_list_shows_them_newest_first_and_filters(as_viewer, viewer, admin):
    older, newer = make(viewer, "done", state=OperationState.DONE), make(admin, "waiting", kind="copy")
    text = as_viewer.get("/operations/").content.decode()
    assert text.index(f"/operations/{newer.pk}/") < text.index(f"/operations/{older.pk}/")
    image = older.items.get().image
    name, uid = image.name, image.image_id
    first, last = (timezone.localdate(one.created_at).isoformat() for one in (older, newer))
    for query, shown in {
        "whose=mine": {older}, "kind=copy": {newer}, "state=open": {newer}, "state=done": {older},
        f"project={older.project_id}": {older}, "kind=nonsense&project=x&page=-1": {older, newer},
        "state=failed": set(), "person=viewer": {older}, "person=view": set(), "since=2999-01-01": set(),
        f"since={first}&until={last}": {older, newer}, "until=1999-01-01": set(), "until=0001-01-01": {older, newer},
        "text=SOME+images": {older, newer}, f"text={name[2:]}": {older, newer}, f"text={uid}": {older, newer},
        "text=%00": {older, newer}, "since=tomorrow": {older, newer},
    }.items():  # fmt: skip
        found = {row[0] for row in as_viewer.get(f"/operations/?{query}").context["rows"]}
        assert found == shown, query


def test_pages_follow_each_other_to_the_oldest_and_back(as_viewer, viewer):
    project = make(viewer, "done", state=OperationState.DONE).project
    ended = {"state": "done", "finished_at": timezone.now(), "total": 1, "done": 1, "project": project}
    Operation.objects.bulk_create(
        Operation(kind="edit", actor=viewer, actor_name="viewer", key=f"k{n}", **ended) for n in range(119)
    )
    expected = list(Operation.objects.order_by("-pk").values_list("pk", flat=True))
    address, walked, pages = "/operations/?whose=mine", [], []
    while address:
        answer = as_viewer.get(address)
        shown = [row[0].pk for row in answer.context["rows"]]
        walked += shown
        pages.append((answer, shown))
        link = re.search(r'id="op-older" href="([^"]*)"', answer.content.decode())
        address = "/operations/" + link[1].replace("&amp;", "&") if link else ""
    assert walked == expected
    assert [len(shown) for _answer, shown in pages] == [50, 50, 20]
    newer = re.search(r'id="op-newer" href="([^"]*)"', pages[2][0].content.decode())[1].replace("&amp;", "&")
    back = as_viewer.get("/operations/" + newer)
    assert [row[0].pk for row in back.context["rows"]] == pages[1][1]
    assert "op-newer" not in pages[0][0].content.decode()


def test_the_list_follows_what_moves_for_one_query(as_viewer, viewer, django_assert_num_queries):
    operation, other = make(viewer, "waiting"), make(viewer, "done", state=OperationState.DONE)
    page = as_viewer.get("/operations/").content.decode()
    poll = re.search(r'id="op-poll"[^>]*hx-get="([^"]*)"', page)[1]
    with django_assert_num_queries(3):  # session, user, and the one
        assert as_viewer.get(poll, headers={"HX-Request": "true"}).status_code == 204
    Operation.objects.filter(pk=operation.pk).update(version=2)
    moved = as_viewer.get(poll, headers={"HX-Request": "true"})
    assert moved.status_code == 200
    assert f'id="op-row-{operation.pk}" hx-swap-oob="true"' in moved.content.decode()
    assert f"op-row-{other.pk}" not in moved.content.decode()
    ended = {"waiting": 0, "done": 1, "state": "done", "finished_at": timezone.now(), "version": 3}
    Operation.objects.filter(pk=operation.pk).update(**ended)
    last = as_viewer.get(poll, headers={"HX-Request": "true"})
    assert (last.status_code, "data-poll" in last.content.decode()) == (286, False)
    assert 'id="op-poll" hidden>' in as_viewer.get("/operations/").content.decode()
    Project.objects.update(enabled=False)
    hidden = as_viewer.get(poll, headers={"HX-Request": "true"})
    assert (hidden.status_code, "op-row" in hidden.content.decode()) == (286, False)


def test_an_item_tells_what_it_changes(as_viewer, viewer):
    operation = make(viewer, "done", state=OperationState.DONE)
    changes = [
        {"attribute": "min_ram", "value": 4096, "before": "2048"},
        {"attribute": "__team", "value": "web", "before": ""},
        {"attribute": "__description", "value": "", "before": "old"},
    ]
    operation.items.update(parameters={"changes": changes})
    for address in (f"/operations/{operation.pk}/", f"/images/{operation.items.get().image_id}/?tab=operations"):
        page = text(as_viewer.get(address))
        assert "Minimum memory: 2 GB → becomes 4 GB" in page
        assert "added + __team=web removed − Description=old" in page


def test_operations_of_ones_teams(as_viewer, viewer, admin):
    own, other = make(viewer, "done", state=OperationState.DONE), make(admin, "done", state=OperationState.DONE)
    assert {row[0] for row in as_viewer.get("/operations/?whose=team").context["rows"]} == {own}
    Team.objects.get(name="team of viewer").memberships.create(user=admin)
    assert {row[0] for row in as_viewer.get("/operations/?whose=team").context["rows"]} == {own, other}


def test_the_timeline_tells_how_long_each_waited_and_took(as_viewer, viewer):
    operation = make(viewer, "done", "failed", state=OperationState.PARTLY)
    began = operation.created_at + timedelta(seconds=20)
    Operation.objects.update(started_at=began, finished_at=began + timedelta(seconds=80))
    operation.items.update(sent_at=began + timedelta(seconds=5), finished_at=began + timedelta(seconds=65))
    bars = as_viewer.get(f"/operations/{operation.pk}/").context["timeline"]
    told = ["waited 20 s, then took 80 s", "done after 60 s", "failed after 60 s"]
    assert [bar.told for bar in bars] == told
    assert [(one.tone, one.start, one.length) for one in bars[0].spans] == [
        ("plain", "0.00", "20.00"), ("accent", "20.00", "80.00"),
    ]  # fmt: skip
    assert [(one.tone, one.start, one.length) for one in bars[1].spans] == [("good", "25.00", "60.00")]


def test_one_operation_says_what_failed_why_and_what_to_do(as_viewer, viewer):
    operation = make(viewer, "done", "failed", state=OperationState.PARTLY)
    text = as_viewer.get(f"/operations/{operation.pk}/").content.decode()
    assert "IMG.0028" in text
    assert "The image is protected." in text
    assert 'disabled title="You may look' in text, "who may only look cannot try again, and reads why"
    only = as_viewer.get(f"/operations/{operation.pk}/?items=failed").context["lines"]
    assert [line.item.state for line in only] == ["failed"]


def test_a_poll_costs_one_query_when_nothing_is_new(as_viewer, viewer, django_assert_num_queries):
    operation = make(viewer, "waiting")
    address = f"/operations/{operation.pk}/state/"
    as_viewer.get(address)
    with django_assert_num_queries(3):  # session, user, and the one
        assert as_viewer.get(address, {"seen": 1}).status_code == 204
    assert as_viewer.get(address, {"seen": 0}, headers={"HX-Request": "true"}).status_code == 200
    OperationItem.objects.update(state="done")
    Operation.objects.update(waiting=0, done=1, state="done", finished_at=timezone.now(), version=2)
    last = as_viewer.get(address, {"seen": 1}, headers={"HX-Request": "true"})
    assert last.status_code == 286
    assert "data-poll" not in last.content.decode()


def test_cancel_retry_and_settle(as_admin, admin):
    operation = make(admin, "waiting", "sent")
    as_admin.post(f"/operations/{operation.pk}/cancel/")
    operation.refresh_from_db()
    assert (operation.cancelled, operation.running) == (1, 1)
    failed = make(admin, "failed", state=OperationState.FAILED)
    answer = as_admin.post(f"/operations/{failed.pk}/retry/", {"key": "again"})
    again = Operation.objects.get(retry_of=failed)
    assert answer.url == f"/operations/{again.pk}/"
    as_admin.post(f"/operations/{failed.pk}/retry/", {"key": "again"})
    assert failed.retries.count() == 1
    doubtful = make(admin, "unknown", state=OperationState.UNKNOWN)
    item = doubtful.items.get()
    as_admin.post(f"/operations/{doubtful.pk}/items/{item.pk}/settle/", {"happened": "yes"})
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.items.get().state) == (OperationState.DONE, ItemState.DONE)


def test_two_people_who_try_the_same_again_do_it_once(as_admin, admin, as_viewer, viewer):
    grant(viewer, Role.OPERATOR)
    failed = make(admin, "failed", state=OperationState.FAILED)
    address = f"/operations/{failed.pk}/retry/"
    as_viewer.post(address, {"key": "drawn once for both"})
    second = as_admin.post(address, {"key": "drawn once for both"}, follow=True).content.decode()
    assert "viewer has tried this again already" in second
    assert "Tried again by viewer" in second
    assert "op-retry" not in second.replace("op-retried", "")
    again = failed.retries.get()
    as_viewer.post(f"/operations/{again.pk}/cancel/")
    as_admin.post(address, {"key": "drawn once for both"})
    assert failed.retries.count() == 2


def test_what_one_may_not_see_is_not_there(as_viewer, viewer):
    operation = make(viewer, "done", state=OperationState.DONE)
    operation.project.enabled = False
    operation.project.save()
    assert as_viewer.get(f"/operations/{operation.pk}/").status_code == 404
    assert as_viewer.get(f"/operations/{operation.pk}/state/").status_code == 404


def test_only_states_that_items_are_in_are_offered(as_viewer, viewer):
    operation = make(viewer, "done", "following", "following")
    page = as_viewer.get(f"/operations/{operation.pk}/").content.decode()
    states = page.partition('class="op-states"')[2].partition("</nav>")[0]
    assert re.findall(r'href="[?]items=(\w+)"', states) == ["following", "done"]
