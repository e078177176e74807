"""One share keeps no other tenant's waiting, whatever it holds or its service says."""

import pytest

from images.core.models.setback import Setback
from images.incoming.models import IncomingShare
from images.incoming.services import due
from tests import factories

pytestmark = pytest.mark.also_on_postgres


def test_a_share_that_cannot_be_judged_lets_the_others_through(db):
    project = factories.project()
    documents = [factories.document(n, "0" * 32, visibility="shared") for n in range(3)]
    factories.put(project, *documents, member_status="pending")
    IncomingShare.objects.filter(image_id=documents[1]["id"]).update(document="{not json")
    assert due.work_due() == 2
    unjudged = IncomingShare.objects.get(policy_version=None)
    assert unjudged.image_id == documents[1]["id"]
    assert Setback.objects.get().row == str(unjudged.pk)
    assert due.work_due() == 0
