"""1,500 random requests, 300 of them in `make test`: none may end in an error of ours. `make fuzz N=15000` makes more,
and looks at seconds."""

import pytest

from tests.fuzz.asking import problem
from tests.fuzz.world import staged

SEED = 14
FEW, ALL = range(300), range(300, 1500)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "numbers", [FEW, pytest.param(ALL, marks=[pytest.mark.lane(minutes=2), pytest.mark.also_on_postgres])]
)
def test_no_request_ends_in_an_error_of_ours(numbers):
    found = []
    with staged() as asker:
        for number in numbers:
            request = asker.request(SEED, number)
            wrong = problem(asker.ask(request))
            if wrong:
                found.append(f"make fuzz SEED={SEED} FIRST={number} N=1: {wrong}\n    {request}")
    assert not found, "\n" + "\n".join(found)
