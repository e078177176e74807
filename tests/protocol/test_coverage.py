"""docs/api-coverage.md says what the code says, and the code has every operation of the reference."""

from images.sandbox import routes
from tests.protocol import coverage

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


def test_the_document_is_up_to_date():
    assert coverage.DOCUMENT.read_text() == coverage.document(), "Run `make docs` and commit docs/api-coverage.md."
