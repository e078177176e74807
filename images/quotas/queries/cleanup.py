"""Images that could probably go, by reason: what `spare:` asks for. Advice only; whoever deletes looks first.

Computed for all projects at once when somebody asks, and remembered with the version of the index and the day.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import starmap
from typing import Final, NamedTuple

from django.db import connection
from pyroaring import BitMap

from images.cache.models.image import Image
from images.cache.queries.index import Snapshot
from images.operations.models.operation import OperationItem
from images.tags.queries.policy import own_images

OLD, UNTOUCHED, SUPERSEDED, DUPLICATE, UNTAGGED, FAILED = REASONS = (
    "old", "untouched", "superseded", "duplicate", "untagged", "failed",
)  # fmt: skip
#: Value → how many reasons an image has at least.
SCORES: Final[Mapping[str, int]] = {"two-reasons": 2, "three-reasons": 3, "four-reasons": 4}
#: Days after which an image is old.
OLD_AFTER: Final = 365
#: A version, number or date at the end of a name, and what separates it.
_VERSION = re.compile(r"(?:[-_. ]*v?\d[\d._:-]*)+$", re.IGNORECASE)
#: One attribute of the document in the words of each database. As text: PostgreSQL reads no JSON with a NUL in it, and
#: one image must not take the list from everybody. A quotation mark within a value is escaped and does not match.
_CHECKSUM = {
    "sqlite": "CASE WHEN json_valid(document) THEN json_extract(document, '$.checksum') END",
    "postgresql": """substring(document from '"checksum"[[:space:]]*:[[:space:]]*"([^"\\\\]*)"')""",
}


@dataclass(frozen=True)
class CleanupCandidates:
    """value of `spare:` → images, of all projects; `sizes`: bytes of each image of a project's own."""

    images: Mapping[str, BitMap]
    sizes: Mapping[int, int]

    def size_of(self, images: Iterable[int]) -> int:
        return sum(self.sizes.get(pk, 0) for pk in images)


class _Row(NamedTuple):
    """What tells copies and versions of one another apart."""

    pk: int
    project: int
    image_id: str
    name: str
    platform: str
    source: str
    size: int
    checksum: str | None


def cleanup_candidates(snapshot: Snapshot) -> CleanupCandidates:
    today = datetime.now(UTC).date()
    return snapshot.remembered.get(("spare", today), lambda: _spare(snapshot))


def values_in(snapshot: Snapshot) -> Mapping[str, BitMap]:
    """What `spare:` in a query can be, with its images."""
    return {value: images for value, images in cleanup_candidates(snapshot).images.items() if images}


def _spare(snapshot: Snapshot) -> CleanupCandidates:
    holders = [int(holder[1:]) for holder in snapshot.values("holder") if holder.startswith("p")]
    own = BitMap.union(BitMap(), *(own_images(snapshot, project) for project in holders))
    rows = [row for row in _rows() if row.pk in own]
    active = snapshot.get("status", "active")
    touched = OperationItem.objects.exclude(image=None).order_by().values_list("image_id", flat=True).distinct()
    old = datetime.now(UTC) - timedelta(days=OLD_AFTER)
    images = {
        OLD: BitMap(Image.objects.filter(created_at__lt=old).order_by().values_list("pk", flat=True)) & own,
        UNTOUCHED: own - BitMap(touched),
        SUPERSEDED: _superseded(rows, active),
        DUPLICATE: _duplicates(rows),
        UNTAGGED: own - snapshot.get("tagged", "yes"),
        FAILED: own & snapshot.get("status", "killed"),
    }
    return CleanupCandidates(images | _scored(images), {row.pk: row.size for row in rows})


def _rows() -> list[_Row]:
    """The oldest first. Straight from the driver: nearly half of the time goes into reading 100,000 documents."""
    table = Image._meta.db_table
    sql = (
        f"SELECT id, project_id, image_id, name, platform, source_image_id, size, "  # noqa: S608 # no input in it
        f"{_CHECKSUM[connection.vendor]} FROM {table} WHERE project_id IS NOT NULL ORDER BY created_at, id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(starmap(_Row, cursor.fetchall()))


def _superseded(rows: Iterable[_Row], active: BitMap) -> BitMap:
    """Those of which there is a later one that works: of the same name but for a version at its end and for the same
    OS, or copied from it within the project."""
    families: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    places: dict[tuple[int, str], int] = {}
    pks: list[int] = []
    for row in rows:
        family = families[row.project, _VERSION.sub("", row.name).casefold(), row.platform]
        if row.pk in active:
            pks += family
            family.clear()
            if row.source and (source := places.get((row.project, row.source))) is not None:
                pks.append(source)
        family.append(row.pk)
        places[row.project, row.image_id] = row.pk
    return BitMap(pks)


def _duplicates(rows: Iterable[_Row]) -> BitMap:
    """Those with the content of an older one of the project."""
    met: set[tuple[int, str]] = set()
    duplicates = BitMap()
    for row in rows:
        if not row.checksum:
            continue
        if (row.project, row.checksum) in met:
            duplicates.add(row.pk)
        met.add((row.project, row.checksum))
    return duplicates


def _scored(images: Mapping[str, BitMap]) -> dict[str, BitMap]:
    """At least so many reasons: `most[n]` has what at least n + 1 of them name."""
    most = [BitMap() for _reason in REASONS]
    for reason in REASONS:
        carry = images[reason]
        for place, level in enumerate(most):
            most[place], carry = level | carry, level & carry
    return {value: most[number - 1] for value, number in SCORES.items()}
