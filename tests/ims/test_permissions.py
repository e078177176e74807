"""IAM actions (chapter 8): what each operation takes, and policies that grant them."""

from images.ims.permissions import ACTIONS, EVERY_ACTION, POLICIES, needed_for, policy
from images.sandbox import policies, routes

ALL = [f"ims:{action}" for action in {one for needs in policies._NEEDS.values() for one in needs} - {policies.OBS}]


def test_client_and_sandbox_have_read_the_same_in_chapter_8():
    """I3: two readings of one table, held against each other."""
    for route in routes.ROUTES:
        needs = policies._NEEDS.get((route.method, route.path))
        if needs is not None:
            theirs = tuple(f"ims:{action}" for action in needs if action != policies.OBS)
            assert ACTIONS[route.section] == theirs, route
            assert (policies.OBS in needs) == ("Tenant Administrator" in needed_for(route.section))
    assert set(EVERY_ACTION) == set(ALL)


def test_policies_grow():
    assert set(POLICIES["read"]) < set(POLICIES["operate"]) < set(POLICIES["all"]) == set(EVERY_ACTION)
    assert policy(["ims:images:list"]) == {
        "Version": "1.1",
        "Statement": [{"Effect": "Allow", "Action": ["ims:images:list"]}],
    }
