"""Reading the inbox: its pages, one share with all that a reviewer needs, and what waits for a person's word."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from images.access.models import Grant
from images.access.permissions import ROLES, Ability, projects_for, visible_projects
from images.cache.enums import MemberStatus
from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.ids import id_of
from images.core.requests import Person
from images.incoming.enums import ShareBox
from images.incoming.models import IncomingShare, ShareEvent, ShareVote
from images.incoming.queries.policies import terms_in_force
from images.incoming.queries.request import InboxQuery, numbered, past_project
from images.incoming.rules import Terms
from images.partners.queries import Party, parties

PER_PAGE = 50
#: Of one story, of the votes, and of what the same owner sent before.
SHOWN = 100
EARLIER = 10
#: A header counts no further.
COUNTED = 100
_IN = 500
_DEFERRED = ("document",)


@dataclass(frozen=True)
class InboxPage:
    """A page of the inbox. `before` and `after`: the share that the page before ends with and the next begins behind,
    None at the ends."""

    shares: Sequence[IncomingShare]
    before: int | None
    after: int | None


@dataclass(frozen=True)
class PageContext:
    """What the rows of a page need from other tables: one query each, however many rows."""

    parties: Mapping[str, Party]
    terms: Mapping[int, Terms]
    votes: Mapping[int, ShareVote]


def page_of(user: User, asked: InboxQuery, *, after: str = "", before: str = "") -> InboxPage:
    """By key: `after` and `before` are shares at the ends of the page that was seen. Each page costs the same."""
    shares = _asked(user, asked)
    backwards = not after and bool(before)
    pivot = _pivot(after or before)
    found = asked.ordered(shares, backwards=backwards)
    if pivot:
        found = found.filter(asked.beyond(pivot, backwards=backwards))
    rows = list(_with_all(found).defer(*_DEFERRED)[: PER_PAGE + 1])
    more, rows = len(rows) > PER_PAGE, rows[:PER_PAGE]
    if backwards:
        rows.reverse()
    has_after = bool(rows) and (more if not backwards else True)
    has_before = bool(rows) and (more if backwards else bool(pivot))
    return InboxPage(rows, rows[0].pk if has_before else None, rows[-1].pk if has_after else None)


def page_context(user: User, shares: Collection[IncomingShare]) -> PageContext:
    owners = {share.owner for share in shares}
    rounds = {share.pk: share.round for share in shares}
    votes = ShareVote.objects.filter(user=user, share__in=rounds)
    return PageContext(
        parties=parties(owners),
        terms=terms_in_force({share.project_id for share in shares}),
        votes={vote.share_id: vote for vote in votes if vote.round == rounds[vote.share_id]},
    )


def counts(user: User, asked: InboxQuery) -> dict[str, int]:
    """How many are in each box, with the filters that hold in all of them."""
    shares = asked.within(asked.box).of_these(IncomingShare.objects.filter(project__in=_projects(user)), user)
    found = dict(shares.order_by().values_list("box").annotate(n=Count("pk")))
    return {box: found.get(box, 0) for box in ShareBox.values}


def ids_of(user: User, asked: InboxQuery, limit: int) -> list[int]:
    """Primary keys of all that are asked for, in order, at most so many."""
    return list(asked.ordered(_asked(user, asked)).values_list("pk", flat=True)[:limit])


def neighbours(user: User, asked: InboxQuery, share: IncomingShare) -> tuple[int | None, int | None]:
    """(before, after) of a share among those that are asked for."""
    shares = _asked(user, asked)
    found = []
    for backwards in (True, False):
        row = asked.ordered(shares, backwards=backwards).filter(asked.beyond(share, backwards=backwards))
        found.append(row.values_list("pk", flat=True).first())
    return found[0], found[1]


def visible_share(user: Person, pk: int) -> QuerySet[IncomingShare]:
    """With all that its page shows; a stranger finds nothing."""
    return _with_all(IncomingShare.objects.visible_to(user).filter(pk=pk))


def visible_shares(user: Person, pks: Sequence[int]) -> list[IncomingShare]:
    """Those of these that this person sees, in order of their keys, with project and region."""
    found: list[IncomingShare] = []
    for start in range(0, len(pks), _IN):
        rows = IncomingShare.objects.visible_to(user).filter(pk__in=pks[start : start + _IN])
        found += rows.select_related("project__region").order_by("pk")
    return sorted(found, key=lambda share: share.pk)


def votes_of(share: IncomingShare) -> list[ShareVote]:
    """Of the present round."""
    return list(share.votes.filter(round=share.round)[:SHOWN])


def story_of(share: IncomingShare) -> list[ShareEvent]:
    """Newest first."""
    return list(share.events.order_by("-at", "-pk")[:SHOWN])


def earlier_of(user: Person, share: IncomingShare) -> tuple[list[IncomingShare], dict[str, int]]:
    """What the same owner shares or shared with projects that this person sees, newest first; and how many of all were
    decided how ("" undecided)."""
    theirs = IncomingShare.objects.visible_to(user).filter(owner=share.owner).exclude(pk=share.pk)
    tally = Counter(dict(theirs.order_by().values_list("decision").annotate(n=Count("pk"))))
    shown = theirs.select_related("project__region").defer(*_DEFERRED).order_by("-pk")[:EARLIER]
    return list(shown), {status: tally[status] for status in (*MemberStatus.values[1:], "")}


def image_of(share: IncomingShare) -> Image | None:
    """As the cache has it; None: it is gone, or the share is taken back."""
    return (
        Image.objects.select_related("region", "project").filter(project=share.project, image_id=share.image_id).first()
    )


def sends(user: User, owner: str) -> bool:
    """Whether a project shares, or shared, something with us that this person may see."""
    return IncomingShare.objects.visible_to(user).filter(owner=owner).exists()


def owners(user: Person) -> list[tuple[str, str]]:
    """(project ID, name) of all who share or shared something, for the filter; at most 200."""
    ids = IncomingShare.objects.filter(project__in=_projects(user)).order_by("owner").values_list("owner", flat=True)
    found = list(ids.distinct()[:200])
    return sorted(((key, str(one)) for key, one in parties(found).items()), key=lambda pair: pair[1].casefold())


def assignable(project: Project) -> QuerySet[User]:
    """The people who may decide in the project through a team of theirs; administrators of the console are not named
    unless they are in one."""
    deciding = Grant.objects.filter(team__memberships__user=OuterRef("pk"), role__in=ROLES[Ability.DECIDE])
    here = deciding.filter(Q(project=project) | Q(project=None))
    return get_user_model().objects.filter(Exists(here), is_active=True).order_by("username")


@dataclass(frozen=True)
class Waiting:
    """What waits for a person's word: how many, counted up to COUNTED, and the first few."""

    count: int
    first: Sequence[IncomingShare]

    @property
    def words(self) -> str:
        return f"{COUNTED - 1}+" if self.count >= COUNTED else str(self.count)


def waiting_for(user: User, first: int = 3) -> Waiting:
    """Undecided shares with projects in which this person decides, of which they have not said anything in this round.
    Three queries, whatever there is."""
    pks = list(projects_for(user, Ability.DECIDE).order_by().values_list("pk", flat=True))
    if not pks:
        return Waiting(0, ())
    said = ShareVote.objects.filter(share=OuterRef("pk"), round=OuterRef("round"), user=user)
    shares = numbered(IncomingShare.objects.filter(box=ShareBox.WAITING)).filter(past_project(pks), ~Exists(said))
    count = shares.order_by()[:COUNTED].count()
    shown = shares.select_related("project__region").defer(*_DEFERRED).order_by("waiting_since", "pk")[:first]
    return Waiting(count, list(shown) if count else ())


def _asked(user: User, asked: InboxQuery) -> QuerySet[IncomingShare]:
    shares = numbered(IncomingShare.objects.filter(box=asked.box)).filter(past_project(_projects(user)))
    return asked.of_these(shares, user)


def _projects(user: Person) -> list[int]:
    seen = visible_projects(user).filter(published_at__isnull=False)
    return list(seen.order_by().values_list("pk", flat=True))


def _pivot(key: str) -> IncomingShare | None:
    pk = id_of(key)
    return IncomingShare.objects.filter(pk=pk).only("waiting_since", "name", "size").first() if pk else None


def _with_all(shares: QuerySet[IncomingShare]) -> QuerySet[IncomingShare]:
    return shares.select_related("project__region", "assigned_to", "item")
