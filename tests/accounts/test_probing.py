"""What may this account do? Harmless calls, and what follows from their answers."""

import pytest

from images.accounts.services.probing import READING, conclude, probe
from images.ims import NO_RETRY, Identity, IMSClient, PasswordCredentials, Unauthorized
from images.ims.permissions import EVERY_ACTION, POLICIES
from images.sandbox import Sandbox, cast, policies
from tests.ims.server import Reply, ScriptedServer


@pytest.fixture
def sandbox(tmp_path):
    with Sandbox(tmp_path / "state.sqlite3", images=30) as running:
        yield running


@pytest.fixture
def asked(sandbox) -> IMSClient:
    user, project = cast.USERS[0], cast.DEMO_PROJECTS[0]
    identity = Identity(f"{sandbox.base_url}/v3", PasswordCredentials(user.name, user.password, cast.DEMO.name))
    return IMSClient(sandbox.base_url, project.id, identity.auth_for(project.id))


def grant(sandbox, *actions: str) -> None:
    sandbox.policies.grant("image-admin", actions)


def test_who_may_everything_is_told_so_and_nothing_has_changed(sandbox, asked):
    """I3: the calls are harmless: no image, no job, no share more or less than before."""
    before = {image.id: image.updated_at for image in asked.images.list()}
    assert probe(asked) == dict.fromkeys(EVERY_ACTION, True)
    assert {image.id: image.updated_at for image in asked.images.list()} == before
    assert [facts["status"] for facts in sandbox.jobs.all()] == ["SUCCESS"]  # the example of 5.6.1 alone


@pytest.mark.parametrize("missing", EVERY_ACTION)
def test_a_single_action_that_is_missing_is_found(sandbox, asked, missing):
    grant(sandbox, *(set(EVERY_ACTION) - {missing}), policies.OBS)
    found = probe(asked)
    assert found[missing] is not True
    # an export may as well be refused for the right at OBS; what the account has is never said to be missing
    assert {one for one, has in found.items() if has is False} == {missing} - {"ims:images:export"}


def test_who_may_only_read_is_told_what_is_certain(sandbox, asked):
    grant(sandbox, *POLICIES["read"])
    found = probe(asked)
    assert {action for action, has in found.items() if has} == set(POLICIES["read"])
    assert {action for action, has in found.items() if has is False} >= {"ims:images:update", "ims:images:delete"}
    # a copy takes five actions, of which several are missing
    assert found["ims:images:copy"] is None


def test_the_reading_part_asks_for_nothing_else(sandbox, asked):
    grant(sandbox, "ims:images:list", "ims:images:get")
    assert probe(asked, READING) == {
        "ims:images:list": True,
        "ims:images:get": True,
        "ims:quotas:get": False,
        "ims:imageJobs:getPercentage": False,
    }


def test_what_cannot_be_asked_is_unknown_and_who_cannot_sign_in_is_told():
    with ScriptedServer() as server:
        client = IMSClient(server.url, "p", None, retry=NO_RETRY)
        server.script(Reply(200, {"images": []}), Reply(503))
        assert {action for action, has in probe(client, READING).items() if has is None} == set(POLICIES["read"][1:])
        server.script(Reply(401))
        with pytest.raises(Unauthorized):
            probe(client)


def test_a_refusal_that_several_actions_explain_accuses_none():
    answers = {"6.1.1": True, "5.1.2": False, "6.1.2": False}
    assert conclude(answers) == {"ims:images:list": True, "ims:images:get": False, "ims:images:update": None}
