"""The images that an act applies to, without holding them: whoever goes through them reads them a piece at a time.

A hundred thousand rows with what is to be done to each would be some hundred megabytes in a web process; their ids are
a few kilobytes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, overload

from pyroaring import BitMap

from images.models import Image, Project
from images.rules.subject import COLUMNS
from images.services.operations import Target

#: Ids in one statement: below the parameter limit of every database.
AT_ONCE = 500
#: What one image's place among all (from 1) and the target make of the target.
Make = Callable[[int, Target], Target]


@dataclass(frozen=True)
class Chosen(Sequence[Target]):
    """Targets in the order of their ids. Rows are read anew each time; one that has gone since is left out."""

    ids: BitMap
    projects: Mapping[int | None, Project]
    #: Columns besides those that rules need.
    columns: tuple[str, ...] = ()
    make: Make | None = None
    #: Among whom places are counted, if not among `ids`.
    counted: BitMap | None = None

    def made(self, make: Make, *, among: BitMap | None = None, columns: tuple[str, ...] = ()) -> "Chosen":
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
        """These columns of each, a third of the time of the rows."""
        for start in range(0, len(self.ids), AT_ONCE):
            yield from Image.objects.filter(pk__in=list(self.ids[start : start + AT_ONCE])).values_list(*columns)

    def _read(self, ids: Sequence[int] | BitMap) -> Iterator[Target]:
        counted = self.ids if self.counted is None else self.counted
        for image in rows(ids, self.columns):
            target = Target(self.projects[image.project_id], image, image.name or image.image_id)
            yield self.make(counted.rank(image.pk), target) if self.make else target


def rows(ids: Sequence[int] | BitMap, columns: Sequence[str] = ()) -> Iterator[Image]:
    """Rows without their documents, which are ten times as large, unless they are asked for."""
    wanted = ("name", "image_id", *COLUMNS, *columns)
    for start in range(0, len(ids), AT_ONCE):
        some = Image.objects.filter(pk__in=list(ids[start : start + AT_ONCE]))
        yield from some.only(*wanted).order_by("pk")


class Candidate(NamedTuple):
    """What judging needs of an image, named as its columns; a row of the cache takes five times as long to make."""

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
    for start in range(0, len(ids), AT_ONCE):
        some = Image.objects.filter(pk__in=list(ids[start : start + AT_ONCE]))
        yield [Candidate(*row) for row in some.order_by("pk").values_list(*Candidate._fields)]
