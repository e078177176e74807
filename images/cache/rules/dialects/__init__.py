"""The dialects of image services; `of_kind` is the one place where a kind of service is told from another."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from images.cache.rules.dialects.base import Dialect, Exchange
from images.cache.rules.dialects.glance import GlanceDialect
from images.cache.rules.dialects.ims import ImsDialect
from images.cache.rules.dialects.schema import Schema

_BY_KIND: Final[Mapping[str, Dialect]] = MappingProxyType(
    {dialect.kind: dialect for dialect in (ImsDialect(), GlanceDialect())}
)


def of_kind(kind: str) -> Dialect:
    """The dialect of a kind of service (clouds.enums.ProjectKind). Raises KeyError."""
    return _BY_KIND[kind]


def strictest(kinds: Iterable[str]) -> Dialect:
    """The one of these whose rules hold for all: what IMS allows a Glance allows, too."""
    found = set(kinds)
    return of_kind(GlanceDialect.kind if found == {GlanceDialect.kind} else ImsDialect.kind)


__all__ = ["Dialect", "Exchange", "GlanceDialect", "Schema", "of_kind", "strictest"]
