"""One removed account keeps no other tenant's waiting, whatever it holds or its service says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from images.accounts.services import removal
from images.clouds.models import Account
from images.core.models.setback import Setback
from tests import factories

pytestmark = pytest.mark.also_on_postgres


def test_an_account_that_cannot_be_cleared_lets_the_others_through(db, admin):
    first, second = factories.account("first"), factories.account("second")
    for account in (first, second):
        removal.remove_account(actor=admin, account=account)
    Setback.objects.create(sweep="accounts", row=str(first.pk), failures=3, next_at=timezone.now() + timedelta(hours=1))
    assert removal.clear_removed() == 1
    assert Account.objects.get(removed_at__isnull=False).pk == first.pk
