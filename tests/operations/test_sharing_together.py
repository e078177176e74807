"""Many images with many recipients in one call: what it costs, what is refused among them, what is lost on the way."""

import pytest
from django.db import transaction

from images.cache.models.image import Image
from images.operations.actions import RefusedTogether
from images.operations.enums import ActionKind, ItemState, OperationState
from images.operations.models.operation import Job
from images.operations.services import executor, results
from images.operations.services.members import read_members
from images.sharing.models import MemberList, Share
from images.sharing.services import member_lists
from tests.operations.fixtures import carried
from tests.operations.test_acts import assert_done

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]

PARTNERS = ["edc89b490d7d4392898e19b2deb34797", "9c61004714024f9586705d090530f9fa"]
NOWHERE = "f" * 32


def shareable(project, count: int) -> list[Image]:
    plain = {"status": "active", "whole_image": False, "key_id": "", "image_type": "private", "member_status": ""}
    found = list(Image.objects.filter(project=project, **plain).order_by("pk")[:count])
    assert len(found) == count
    return found


def members(sandbox, image: Image) -> dict[str, str]:
    """Recipient → state, as the service has it."""
    found = {}
    for partner in PARTNERS:
        for offer in sandbox.dump(partner)["shared"]:
            if offer["image"]["id"] == image.image_id:
                found[partner] = offer["member_status"]
    return found


def kept(image: Image) -> dict[str, str]:
    return dict(Share.objects.filter(image=image).values_list("recipient", "status"))


def test_one_call_shares_many_with_many_and_one_takes_them_back(sandbox, project, ask):
    images = shareable(project, 5)
    sandbox.reset_calls()
    operation = carried(ask(ActionKind.SHARE, *images, project_ids=PARTNERS))
    assert_done(operation)
    assert sandbox.calls()["5.3.2"] == 1
    assert Job.objects.filter(items__operation=operation).distinct().count() == 1
    for image in images:
        assert members(sandbox, image) == kept(image) == dict.fromkeys(PARTNERS, "pending")
        assert MemberList.objects.get(image=image).read_at
    sandbox.reset_calls()
    assert_done(carried(ask(ActionKind.UNSHARE, *images, project_ids=PARTNERS)))
    assert sandbox.calls()["5.3.1"] == 1
    assert not Share.objects.exists()
    assert not MemberList.objects.exists()
    assert not any(members(sandbox, image) for image in images)


def test_one_image_that_is_refused_takes_no_other_with_it(sandbox, project, ask):
    images = shareable(project, 4)
    sandbox.patch_image(images[2].image_id, __whole_image="true")  # somebody else did this after the preview
    operation = carried(ask(ActionKind.SHARE, *images, project_ids=PARTNERS))
    states = {item.image_id: (item.state, item.error_code) for item in operation.items.all()}
    assert operation.state == OperationState.PARTLY
    assert states.pop(images[2].pk) == (ItemState.FAILED, "IMG.0135")
    assert {state for state, _code in states.values()} == {ItemState.DONE}
    assert [len(members(sandbox, image)) for image in images] == [2, 2, 0, 2]


def test_a_recipient_that_nobody_knows(sandbox, project, ask):
    images = shareable(project, 2)
    operation = carried(ask(ActionKind.SHARE, *images, project_ids=[PARTNERS[0], NOWHERE]))
    assert operation.state == OperationState.FAILED
    assert {item.error_code for item in operation.items.all()} == {"IMG.0067"}


@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "garbage", "job_fail"])
def test_answers_that_are_lost_share_nothing_twice(sandbox, project, ask, kind):
    images = shareable(project, 3)
    sandbox.set_member(images[0].image_id, PARTNERS[0], "accepted")  # must not be asked again
    sandbox.fault(operation="imsAddImageMembersJob" if kind == "job_fail" else "5.3.2", kind=kind, times=1)
    assert_done(carried(ask(ActionKind.SHARE, *images, project_ids=PARTNERS)))
    assert members(sandbox, images[0]) == kept(images[0]) == {PARTNERS[0]: "accepted", PARTNERS[1]: "pending"}
    for image in images[1:]:
        assert members(sandbox, image) == kept(image) == dict.fromkeys(PARTNERS, "pending")


@pytest.mark.parametrize("point", ["_fly", "_write"])
def test_a_carrier_that_dies_over_a_call_for_many(sandbox, project, ask, monkeypatch, point):
    class Died(BaseException):
        pass

    def die(*_arguments, **_more):
        raise Died

    images = shareable(project, 3)
    operation = ask(ActionKind.SHARE, *images, project_ids=PARTNERS)
    with monkeypatch.context() as dying:
        dying.setattr(executor.Executor, point, die)
        with pytest.raises(Died):
            executor.execute(20)
    assert_done(carried(operation))
    for image in images:
        assert members(sandbox, image) == kept(image) == dict.fromkeys(PARTNERS, "pending")


def test_what_the_list_says_is_shown_only_if_nothing_later_was_said(sandbox, project, ask):
    (image,) = shareable(project, 1)
    assert_done(carried(ask(ActionKind.SHARE, image, project_ids=PARTNERS[:1])))
    client = member_lists.client_for(project)
    early = read_members(client, image.image_id)
    sandbox.set_member(image.image_id, PARTNERS[0], "accepted")
    with transaction.atomic():
        member_lists.write(project, read_members(client, image.image_id))
        member_lists.write(project, early)
    assert kept(image) == {PARTNERS[0]: "accepted"}


def test_refusals_of_a_call_for_many_are_told_apart(project, ask):
    """An error that is no refusal is judged as for one item: nobody is sent alone for it."""
    operation = ask(ActionKind.SHARE, *shareable(project, 2), project_ids=PARTNERS)
    item = operation.items.first()
    verdict = results.judge(
        RefusedTogether("no"),
        executor.ACTIONS[ActionKind.SHARE],
        attempts=1,
        age=operation.created_at - operation.created_at,
        looking=False,
    )
    assert (verdict.to, verdict.lost, verdict.counts) == (ItemState.WAITING, True, False)
    assert item.state == ItemState.WAITING
