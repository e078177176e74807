"""A webhook that was read before its lock is read again under it: nobody takes back what another did meanwhile."""

from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from images.notices.models import Notice, Webhook
from images.notices.services.webhooks import changing, posting
from tests.conftest import person
from tests.signin.test_races import at_once

pytestmark = pytest.mark.also_on_postgres


on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time by itself"
)


def test_failures_of_an_address_that_was_changed_meanwhile_do_not_count(admin):
    hook = changing.add(actor=admin, project=None, name="h", url="https://example.org/", kinds=[], active=True)
    seen = Webhook.objects.get()
    changing.change(actor=admin, webhook=hook, name="h", url="https://example.org/new", kinds=[], active=True)
    posting._failed(seen, timezone.timedelta(minutes=5))
    now = Webhook.objects.get()
    assert (now.failures, now.resting_until) == (0, None)


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_failures_at_once_tell_people_once():
    admin = person("admin", is_staff=True)
    hook = changing.add(actor=admin, project=None, name="h", url="https://example.org/", kinds=[], active=True)
    for _round in range(5):
        Notice.objects.all().delete()
        Webhook.objects.update(failures=posting.TOLD_AFTER - 2)
        raised = at_once(*[partial(posting._failed, hook, timezone.timedelta(0)) for _one in range(5)])
        assert raised == [None] * 5
        assert Notice.objects.filter(kind="webhook").count() == 1
