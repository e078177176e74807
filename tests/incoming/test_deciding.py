"""From the share that a synchronisation sees to the decision, and what may come between."""

import pytest
from django.core.exceptions import PermissionDenied

from images.access.enums import Role
from images.incoming.models import IncomingShare, ShareVote
from images.incoming.services import comments, decisions
from images.incoming.services.votes import vote
from images.operations.enums import ItemState
from images.operations.models.operation import Operation
from images.operations.services import SubmitRefused, Target, submit
from tests import factories
from tests.conftest import person
from tests.incoming.conftest import OWNER, offer, revoke


def story(share: IncomingShare) -> list[str]:
    return list(share.events.values_list("kind", flat=True))


def test_a_share_that_is_seen_waits_and_its_owner_may_take_it_back(ours):
    (share,) = offer(ours, 1)
    assert (share.state, share.owner, share.policy_version) == ("pending", OWNER, 0)
    revoke(ours, share)
    share.refresh_from_db()
    assert (share.state, share.member_status, story(share)) == ("revoked", "", ["appeared", "revoked"])
    (again,) = offer(ours, 1)
    assert again.pk != share.pk
    assert again.state == "pending"


def test_the_quorum_decides_and_nothing_is_sent_before(ours, ada, ben, policy):
    policy(approvals=2)
    (share,) = offer(ours, 1)
    cast = vote(actor=ada, shares=[share], approves=True)
    share.refresh_from_db()
    assert (cast.given, share.state, share.approvals, Operation.objects.count()) == (1, "pending", 1, 0)
    cast = vote(actor=ben, shares=[share], approves=True)
    share.refresh_from_db()
    assert (cast.decided["accepted"], share.state, share.decided_by) == (1, "accepting", "ada, ben")
    operation = Operation.objects.get()
    assert (operation.kind, operation.parameters, operation.actor) == ("answer", {"status": "accepted"}, ben)
    assert share.item.image_uid == share.image_id
    # what IMS then says is what we show
    offer(ours, 1, status="accepted")
    share.refresh_from_db()
    assert (share.state, share.elsewhere, story(share)[-1]) == ("accepted", False, "carried_out")


def test_nobody_counts_twice_and_a_vote_may_be_changed(ours, ada, policy):
    policy(approvals=2, one_rejection_ends=False)
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    again = vote(actor=ada, shares=[share], approves=True)
    assert again.refused == [(share, "You have said so already.")]
    vote(actor=ada, shares=[share], approves=False, comment="Looked again.")
    share.refresh_from_db()
    assert (share.approvals, share.rejections, share.state) == (0, 1, "pending")
    assert ShareVote.objects.count() == 1


def test_people_of_the_sharing_project_do_not_count(ours, ada, policy):
    theirs = factories.project("eu-west-0_theirs")
    ours_too = person("carl", Role.OPERATOR, project=theirs)
    ours_too.teams.get().grants.create(role=Role.APPROVER, project=ours)
    (share,) = offer(ours, 1, owner=theirs.project_id)
    vote(actor=ours_too, shares=[share], approves=True)
    share.refresh_from_db()
    assert (share.state, share.approvals) == ("pending", 0)
    assert ShareVote.objects.get().why_not
    vote(actor=ada, shares=[share], approves=True)
    share.refresh_from_db()
    assert share.state == "accepting"


@pytest.mark.parametrize(("one_ends", "state"), [(True, "rejecting"), (False, "pending")])
def test_whether_one_vote_against_ends_it(ours, ada, policy, one_ends, state):
    policy(approvals=2, one_rejection_ends=one_ends)
    (share,) = offer(ours, 1)
    refused = vote(actor=ada, shares=[share], approves=False)
    assert "Say why" in refused.refused[0][1]
    vote(actor=ada, shares=[share], approves=False, comment="No.")
    share.refresh_from_db()
    assert share.state == state


def test_what_comes_too_late_is_told_and_noted(ours, ada, ben):
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    late = vote(actor=ben, shares=[share], approves=False, comment="No.")
    assert late.given == 0
    assert "ada had decided already" in late.refused[0][1]
    revoke(ours, share)
    later = vote(actor=ben, shares=[share], approves=True)
    assert "taken it back" in later.refused[0][1]
    assert story(share).count("too_late") == 2


def test_a_policy_that_was_changed_meanwhile_counts_nothing(ours, ada, policy):
    (share,) = offer(ours, 1)
    policy(approvals=2)
    cast = vote(actor=ada, shares=[share], approves=True, seen_version=0)
    assert "v1 is in force" in cast.refused[0][1]
    share.refresh_from_db()
    assert (share.state, share.approvals) == ("pending", 0)


def test_owners_decide_by_trust_and_bar(ours, policy):
    policy(trusted=[OWNER], unencrypted=True)
    kept, encrypted = (offer(ours, n, __system__cmkid=key)[0] for n, key in ((1, ""), (2, "some-key")))
    assert (kept.state, kept.decided_by) == ("accepting", "policy v1")
    assert encrypted.state == "pending"
    assert Operation.objects.get().actor_name == "policy v1"
    policy(barred=[OWNER])  # also what waits is held against it
    encrypted.refresh_from_db()
    assert (encrypted.state, encrypted.decided_by) == ("rejecting", "policy v2")


def test_a_policy_that_needs_fewer_decides_by_the_votes_there_are(ours, ada, policy):
    policy(approvals=2)
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    policy(approvals=1)
    share.refresh_from_db()
    assert (share.state, share.decided_by) == ("accepting", "policy v2")


def test_somebody_decides_outside_the_console(ours, ada):
    (share,) = offer(ours, 1)
    offer(ours, 1, status="accepted")
    share.refresh_from_db()
    assert (share.state, share.elsewhere) == ("accepted", True)
    assert decisions.reopen(actor=ada, share=share, why="Nobody asked us.")
    vote(actor=ada, shares=[share], approves=True)
    share.refresh_from_db()  # IMS says so already: nothing needs to be sent
    assert (share.state, share.elsewhere, share.round, Operation.objects.count()) == ("accepted", False, 2, 0)


def test_an_image_that_changes_after_the_approval_is_looked_at_anew(ours, ada):
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    offer(ours, 1, status="accepted", name="only the name")
    share.refresh_from_db()
    assert share.state == "accepted"
    offer(ours, 1, status="accepted", checksum="0" * 32)
    share.refresh_from_db()
    assert (share.state, share.reopened, share.approvals) == ("pending", "changed: checksum", 0)
    assert story(share)[-2:] == ["changed", "reopened"]


def test_votes_are_about_what_was_looked_at(ours, ada, policy):
    policy(approvals=2)
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    offer(ours, 1, checksum="0" * 32)
    share.refresh_from_db()
    assert (share.state, share.approvals, share.round) == ("pending", 0, 2)


def test_what_failed_at_ims_is_sent_again(ours, ada):
    (share,) = offer(ours, 1)
    vote(actor=ada, shares=[share], approves=True)
    share.refresh_from_db()
    assert not decisions.send_again(actor=ada, share=share)  # it is under way
    type(share.item).objects.update(state=ItemState.FAILED, error_code="IMG.0027")
    assert decisions.send_again(actor=ada, share=share)
    assert Operation.objects.count() == 2
    share.refresh_from_db()
    assert share.item.state == ItemState.WAITING


def test_a_question_waits_for_its_answer(ours, ada, ben):
    (share,) = offer(ours, 1)
    comments.ask(actor=ada, share=share, text="Who built it?")
    share.refresh_from_db()
    assert share.state == "asked"
    comments.comment(actor=ben, share=share, text="The build team.")
    comments.assign(actor=ada, share=share, to=ben)
    share.refresh_from_db()
    assert (share.state, share.assigned_to) == ("pending", ben)
    assert story(share)[-3:] == ["asked", "commented", "assigned"]


def test_only_approvers_decide_and_nobody_around_them(ours, viewer):
    (share,) = offer(ours, 1)
    operator = person("olga", Role.OPERATOR)
    for somebody in (viewer, operator):
        with pytest.raises(PermissionDenied, match="Only approvers"):
            vote(actor=somebody, shares=[share], approves=True)
    with pytest.raises(SubmitRefused, match="inbox"):
        submit(actor=operator, kind="answer", targets=[Target(ours, None, "x")], key="k")
