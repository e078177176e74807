"""What an operation is asked to be done to: single targets, and many of them without holding them.

Whoever goes through many reads them a piece at a time: a hundred thousand rows with what is to be done to each would be
some hundred megabytes in a web process; their ids are a few kilobytes.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple, Protocol, overload

import msgspec
from django.db.models import QuerySet
from pyroaring import BitMap

from images.cache.models.image import Image
from images.clouds.models import Project
from images.core.statements import fetch

#: Ids in one statement: below the parameter limit of every database.
AT_ONCE = 500
#: What every target is made from.
_COLUMNS = ("pk", "image_id", "name", "project_id")


class ImageRow(Protocol):
    """A row of the cache, or what was read of one."""

    @property
    def pk(self) -> int: ...
    @property
    def image_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Target:
    """One image of an operation; for creations `image` is None and `name` that of the image to come."""

    project: Project
    image: ImageRow | None
    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    #: ID at IMS of an image that is not in the cache (any more); else that of `image` counts.
    image_uid: str = ""


#: What one image's place among all (from 1) and the target make of the target.
Make = Callable[[int, Target], Target]


@dataclass(frozen=True)
class SelectedTargets(Sequence[Target]):
    """Targets in the order of their ids. Rows are read anew each time; one that has gone since is left out."""

    ids: BitMap
    projects: Mapping[int | None, Project]
    #: What `image` of each has besides pk, image_id, name and project_id.
    columns: tuple[str, ...] = ()
    make: Make | None = None
    #: Among whom places are counted, if not among `ids`.
    counted: BitMap | None = None

    def made(self, make: Make, *, among: BitMap | None = None, columns: tuple[str, ...] = ()) -> "SelectedTargets":
        """The same, or those of them that are `among`, each with what `make` gives it; places stay what they are."""
        return replace(
            self,
            ids=self.ids if among is None else among,
            counted=self.ids if self.counted is None else self.counted,
            columns=(*self.columns, *columns),
            make=make,
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Target]:
        return self._read(self.ids)

    @overload
    def __getitem__(self, place: int) -> Target: ...
    @overload
    def __getitem__(self, place: slice) -> list[Target]: ...
    def __getitem__(self, place: int | slice) -> Target | list[Target]:
        if isinstance(place, slice):
            return list(self._read(self.ids[place]))
        return next(self._read([self.ids[place]]))

    def values(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """These columns of each."""
        for piece in _pieces(self.ids, columns):
            yield from piece

    def _read(self, ids: Sequence[int] | BitMap) -> Iterator[Target]:
        counted = self.ids if self.counted is None else self.counted
        make, kind = self.make, _row_of((*_COLUMNS, *self.columns))
        for piece in _pieces(ids, (*_COLUMNS, *self.columns)):
            for row in piece:
                image = kind(*row)
                target = Target(self.projects[image.project_id], image, image.name or image.image_id)
                yield make(counted.rank(image.pk), target) if make else target


@cache
def _row_of(columns: tuple[str, ...]) -> Any:
    """A row of the cache as a tuple: a model's instance takes five times as long to make."""
    kind = namedtuple("ImageRow", columns)  # type: ignore[misc] # the columns are known to the caller
    if "document" in columns:
        kind.attributes = property(lambda row: msgspec.json.decode(row.document))  # type: ignore[attr-defined] # made here
    return kind


def _pieces(ids: Sequence[int] | BitMap, columns: tuple[str, ...]) -> Iterator[list[tuple[Any, ...]]]:
    """These columns in the order of the ids."""
    for start in range(0, len(ids), AT_ONCE):
        some = list(ids[start : start + AT_ONCE])
        if len(some) == AT_ONCE:  # of a large selection all pieces but the last: one statement, made once
            yield fetch(_rows, (columns, AT_ONCE), last=some)
        else:
            yield list(Image.objects.filter(pk__in=some).order_by("pk").values_list(*columns))


def _rows(columns: tuple[str, ...], count: int) -> QuerySet[Image, Any]:
    return Image.objects.filter(pk__in=range(count)).order_by("pk").values_list(*columns)


class Candidate(NamedTuple):
    """What judging needs of an image, named as its columns."""

    pk: int
    name: str
    image_id: str
    source_image_id: str
    status: str
    image_type: str
    visibility: str
    project_id: int | None
    member_status: str
    env_type: str
    disk_format: str
    whole_image: bool
    key_id: str
    protected: bool
    size: int
    platform: str
    data_origin: str


def candidates(ids: BitMap) -> Iterator[list[Candidate]]:
    """In the order of their ids, a piece at a time."""
    for piece in _pieces(ids, Candidate._fields):
        yield [Candidate(*row) for row in piece]
