"""A small cache for tests of the list: images given as attributes, published by facets.pairs_of as the index defines.

What synchronisation does is tested elsewhere; here only its result is needed.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import connection
from pyroaring import BitMap

from images.cache.facets import Pair, pairs_of
from images.cache.models.image import Image, ImageTag
from images.cache.models.posting import IndexState, Posting
from images.clouds.models import Account, Project, Region

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def account(name: str = "acme") -> Account:
    made, _new = Account.objects.get_or_create(
        name=name, defaults={"auth_url": "https://iam.example.org/v3", "username": "u", "secret": "x"}
    )
    return made


def region(name: str = "eu-west-0", *, published: bool = True) -> Region:
    made, _new = Region.objects.get_or_create(
        cloud="https://iam.example.org/v3", name=name, defaults={"published_at": EPOCH if published else None}
    )
    return made


def project(name: str = "demo", at: str = "eu-west-0", *, published: bool = True, **more) -> Project:
    defaults = {
        "name": name, "endpoint": "https://ims.example.org", "published_at": EPOCH if published else None,
        "synced_at": EPOCH if published else None, **more,
    }  # fmt: skip
    made, _new = Project.objects.get_or_create(
        account=account(), region=region(at), project_id=more.get("project_id", f"id-of-{name}"), defaults=defaults
    )
    return made


def image(number: int, tags: dict[str, str] | None = None, **columns) -> Image:
    """A saved image, not yet published. `project` may be None: a public image of `region`."""
    holder = columns.pop("project", None)
    place = columns.pop("region", None) or (holder.region if holder else region())
    name = columns.pop("name", f"image-{number:05d}")
    made = Image.objects.create(
        region=place,
        project=holder,
        image_id=columns.pop("image_id", f"{number:08x}-0000-4000-8000-000000000000"),
        name=name,
        search_text=f"{name} {columns.get('description', '')}".lower(),
        digest=f"{number:016x}",
        document="{}",
        **{
            "status": "active",
            "visibility": "private" if holder else "public",
            "image_type": "private" if holder else "gold",
            "created_at": EPOCH + timedelta(hours=number),
            "updated_at": EPOCH + timedelta(hours=number),
            **columns,
        },
    )
    ImageTag.objects.bulk_create(ImageTag(image=made, key=key, value=value) for key, value in (tags or {}).items())
    return made


def _index_words() -> None:
    """The writer keeps SQLite's word index in step by itself; rows made here must be told to it."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO images_search(images_search) VALUES ('rebuild')")


def publish(images: Iterable[Image] | None = None) -> int:
    """Rebuilds the whole index from the given images (default: all) and returns its new version."""
    wanted = Image.objects.all() if images is None else images
    tags: dict[int, list[Pair]] = defaultdict(list)
    for pk, key, value in ImageTag.objects.values_list("image_id", "key", "value"):
        tags[pk].append((key, value))
    found: dict[Pair, BitMap] = defaultdict(BitMap)
    for row in wanted:
        for pair in pairs_of(row, tags[row.pk]):
            found[pair].add(row.pk)
    _index_words()
    state, _new = IndexState.objects.get_or_create(pk=1)
    state.version += 1
    state.save()
    Posting.objects.update(count=0, bitmap=BitMap().serialize(), version=state.version)
    Posting.objects.bulk_create(
        [
            Posting(field=field, value=value, bitmap=bits.serialize(), count=len(bits), version=state.version)
            for (field, value), bits in found.items()
        ],
        update_conflicts=True,
        unique_fields=["field", "value"],
        update_fields=["bitmap", "count", "version"],
    )
    return state.version
