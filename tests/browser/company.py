"""What the browser tests look at beside images: people in teams, and what is shared out, shared in and asked for."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from images.access.enums import Role
from images.access.models import Membership, Team
from images.audit import services as audit
from images.clouds.models import Project
from images.incoming.services.policies import save_policy
from images.operations.enums import OperationState
from images.operations.models.operation import Operation
from images.partners.enums import Trust
from images.partners.models import Partner
from images.sharing.models import Share
from images.signin.audit_events import PersonEvent
from tests.browser.shelf import LONG, stock
from tests.conftest import person
from tests.incoming.conftest import OWNER, offer


def people(admin: User) -> dict[str, str]:
    """Two teams, somebody with a long name, and entries of the audit; name → path of each page about them."""
    stock()
    project = Project.objects.earliest("pk")
    anna = person("anna-with-a-name-that-is-longer-than-most", Role.OPERATOR, project=project)
    person("nobody")
    team = Team.objects.create(name="Spare", note="For the days when the others are away")
    Membership.objects.create(team=team, user=anna)
    team.grants.create(role=Role.VIEWER)
    told = {"actor": admin, "subject": anna, "before": {"email": "a@example.org"}, "after": {"email": anna.email}}
    audit.record(event=PersonEvent.CHANGED, **told)
    one = f"/people/{anna.pk}/"
    return {
        "people": "/people/",
        "add": "/people/add/",
        "person": one,
        "second factor": f"{one}second-factor/",
        "sessions": f"{one}sessions/",
        "teams": "/teams/",
        "team": f"/teams/{team.pk}/",
        "team remove": f"/teams/{team.pk}/remove/",
        "who may what": f"/projects/{project.pk}/people/",
        "audit": "/audit/",
        "audit nothing": "/audit/?person=nobody&event=person.changed",
        "me": "/me/",
        "elsewhere": "/accounts/elsewhere/",
    }


def sharing(admin: User) -> dict[str, str]:
    """A partner with shares, requests with a policy and a vote to take, somebody who waits for consent; name → path."""
    image = stock().image
    project, now = image.project, timezone.now()
    partner = Partner.objects.create(project_id=OWNER, name="Contoso", organisation=LONG, trust=Trust.KNOWN)
    told = {"image_uid": image.image_id, "image_name": image.name, "recipient": OWNER, "status": "pending"}
    Share.objects.create(project=project, image=image, **told, shared_at=now - timedelta(days=90), changed_at=now)
    terms = {"approvals": 2, "os_types": ["Linux"], "max_age_days": 9}
    save_policy(actor=admin, project=project, terms=terms, note="Four eyes", seen_version=0)
    request = offer(project, 200, 201, name=LONG)[0]
    offer(project, 202, status="accepted")
    asked = Operation.objects.create(
        kind="delete", actor_name="anna", key="k", project=project, state=OperationState.APPROVAL, total=1, waiting=1
    )
    asked.items.create(position=0, project=project, image=image, image_name=image.name, next_at=now)
    consent = asked.consents.create(project=project, expires_at=now + timedelta(days=2))
    return {
        "out": "/sharing/",
        "partners": "/sharing/partners/",
        "partner add": "/sharing/partners/add/",
        "partner import": "/sharing/partners/import/",
        "partner change": f"/sharing/partners/{partner.pk}/change/",
        "recipient": f"/sharing/with/{OWNER}/",
        "in": "/sharing/in/",
        "in accepted": "/sharing/in/?box=accepted",
        "request": f"/sharing/in/{request.pk}/",
        "vote": f"/sharing/in/{request.pk}/vote/reject/",
        "share policy": f"/projects/{project.pk}/share-policy/",
        "project": f"/projects/{project.pk}/",
        "consents": "/consents/",
        "consent": f"/consents/{consent.pk}/",
    }
