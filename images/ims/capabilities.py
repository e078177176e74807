"""What a service offers: IMS all operations of chapters 5 and 6, an OpenStack Glance those of chapter 6 that are v2."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from images.ims.errors import InvalidCall, NotOffered

EXTENSION_OPERATIONS: Final = frozenset(
    {f"5.1.{n}" for n in range(1, 8)}
    | {f"5.2.{n}" for n in range(1, 9)}
    | {"5.3.1", "5.3.2", "5.3.3", "5.4.1", "5.5.1", "5.6.1"}
)
NATIVE_OPERATIONS: Final = frozenset(
    {f"6.1.{n}" for n in range(1, 7)}
    | {"6.2.1", "6.2.2", "6.3.1", "6.3.2", "6.3.3", "6.3.4"}
    | {f"6.4.{n}" for n in range(1, 6)}
    | {"6.5.1", "6.5.2"}
)
#: Abandoned by the reference; today's Glance has removed them.
DEPRECATED_OPERATIONS: Final = frozenset({"6.1.7", "6.1.8", "6.1.9"})

#: Glance has operations that the reference does not describe: reading the file back, and its quotas.
DOWNLOAD: Final = "download"
USAGE: Final = "usage"

KINDS: Final = ("ims", "openstack")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Operations by their section in the reference. `kind` is "ims" or "openstack"."""

    kind: str
    operations: frozenset[str]

    def offers(self, *operations: str) -> bool:
        """Whether all of these can work here; screens show only what can."""
        return self.operations.issuperset(operations)

    def require(self, operation: str) -> None:
        """Raises NotOffered when the service has no such operation."""
        if operation not in self.operations:
            raise NotOffered(f"This project is served by an OpenStack Glance, which does not offer this ({operation}).")

    @property
    def jobs(self) -> bool:
        """Long actions are jobs that can be watched (5.6.1)."""
        return self.offers("5.6.1")

    @property
    def tag_values(self) -> bool:
        """Tags have values; native tags are keys only (9.2)."""
        return self.offers("5.2.4")

    @property
    def extension(self) -> bool:
        return self.kind == "ims"


def capabilities_of(kind: str) -> Capabilities:
    """Raises InvalidCall for another kind than "ims" and "openstack"."""
    if kind == "ims":
        everything: Iterable[frozenset[str]] = (EXTENSION_OPERATIONS, NATIVE_OPERATIONS, DEPRECATED_OPERATIONS)
        return Capabilities(kind, frozenset({DOWNLOAD}).union(*everything))
    if kind == "openstack":
        return Capabilities(kind, NATIVE_OPERATIONS | {DOWNLOAD, USAGE})
    raise InvalidCall(f"A service is of the kind ims or openstack, not {kind!r}.")
