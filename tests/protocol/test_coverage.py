"""docs/api-coverage.md says what the code says, and the code has every operation of the reference."""

import grimp

from images.operations.enums import ActionKind
from images.sandbox import routes
from tests.protocol import console_calls, coverage

OPERATIONS = coverage.operations()


def lacking(found: coverage.Found) -> list[str]:
    return [row.section for row in OPERATIONS if not found.get(row.section)]


def test_the_reference_has_43_operations_and_two_of_iam():
    assert len(OPERATIONS) == 45
    assert len({row.section for row in OPERATIONS}) == 45


def test_the_client_has_every_operation():
    assert lacking(coverage.client_methods()) == []


def test_the_client_calls_every_operation():
    """By the claims of test_our_client.py and test_scenario.py, which the ledger checks."""
    tried = coverage.exercised()
    assert [row.section for row in OPERATIONS if coverage.OURS not in tried.get(row.section, [])] == []


def test_the_sandbox_serves_every_operation_at_its_printed_address():
    served = {(route.section, route.method, route.path) for route in routes.ROUTES}
    assert [row for row in OPERATIONS if (row.section, row.method, row.path) not in served] == []


def test_clients_of_others_try_all_but_what_none_of_them_has():
    """The v1.1 calls are in no client that is still published."""
    tried = coverage.exercised()
    others = {section: [name for name in names if name != coverage.OURS] for section, names in tried.items()}
    assert lacking(others) == ["6.1.7", "6.1.9"]


def test_what_the_console_does_not_call_says_why():
    """And only that: a reason for what is called by now goes."""
    uncalled = console_calls.uncalled()
    assert set(lacking(coverage.users())) == set(uncalled)
    assert [section for section, why in uncalled.items() if len(why) < 10 and not why.startswith("as ")] == []


def test_each_act_can_be_ordered():
    ways = console_calls.ways_to_acts(grimp.build_graph("images", cache_dir=None))
    assert [kind.value for kind in ActionKind if not ways[kind]] == []


def test_each_parameter_is_said_and_read():
    """One is printed in an example request alone, and in no table (5.2.2)."""
    assert [(section, silent, deaf) for section, _, silent, deaf in coverage.unspoken()] == [
        ("5.2.2", ["page"], ["page"])
    ]


def test_the_document_is_up_to_date():
    assert coverage.DOCUMENT.read_text() == coverage.document(), "Run `make docs` and commit docs/api-coverage.md."
