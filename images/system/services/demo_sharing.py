"""What the demonstration shows of sharing: a partner in the address book, and a policy for what it shares with us."""

from django.contrib.auth.models import User

from images.clouds.models import Account
from images.incoming.queries.policies import policy_of
from images.incoming.services.policies import save_policy
from images.partners import services as partners
from images.partners.enums import Trust
from images.partners.queries import trust_of
from images.partners.services import Entry

#: The sandbox's other tenant; its laboratory stays unknown.
PARTNER = Entry(
    project_id="edc89b490d7d4392898e19b2deb34797",
    name="Contoso production",
    organisation="Contoso",
    region="eu-west-0",
    notes="Builds the appliance images that we run.",
    trust=Trust.KNOWN,
)
TERMS = {
    "approvals": 2,
    "one_rejection_ends": True,
    "by_book": True,
    "os_types": ["Linux"],
    "max_age_days": 1500,
    "max_size": 30 * 10**9,
    "unencrypted": True,
    "remind_days": 3,
    "escalate_days": 7,
}


def set_policies(admin: User, account: Account) -> None:
    """Two people's word is needed in the first project; the others have no policy. Once, when the account is new."""
    if not trust_of([PARTNER.project_id]):
        partners.add(actor=admin, entry=PARTNER)
    first = account.projects.managed().select_related("region").order_by("region__name", "name").first()
    if first is not None and policy_of(first) is None:
        save_policy(actor=admin, project=first, terms=TERMS, note="Four eyes on what others share", seen_version=0)
