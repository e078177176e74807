"""What people asked for, so that in the end each effect can be looked for in the sandbox."""

import threading
from dataclasses import dataclass, field

from images.operations.enums import ActionKind
from tests.chaos.wishes import Wish

#: The sandbox's tenant of somebody else, with whom images are shared and from whom they come.
PARTNER = "edc89b490d7d4392898e19b2deb34797"


@dataclass
class Noted:
    """One operation that the console took, found again by the key of its form (or its number, where the console makes
    the key). `wishes` are pairs: what is to come of it, and the thing it changes; a later wish for the same thing takes
    its place. `in_doubt`: the answer was lost, and the form sent again was refused, as it should be when the first
    one had been taken."""

    kind: ActionKind
    who: str
    key: str = ""
    number: int = 0
    wishes: list[tuple[Wish, str]] = field(default_factory=list)
    in_doubt: bool = False


class Ledger:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.noted: list[Noted] = []
        self.latest: dict[str, Wish] = {}
        #: IDs of images whose deletion was asked for: what was done to them before can no longer be seen.
        self.gone: set[str] = set()
        #: IDs of images that are, or were, shared with the partner.
        self.shared: set[str] = set()
        #: number of a share → approvers whose vote was taken
        self.votes: dict[int, set[str]] = {}

    def note(self, noted: Noted) -> None:
        with self._lock:
            self.noted.append(noted)
            for wish, thing in noted.wishes:
                self.latest[thing] = wish
                if noted.kind in (ActionKind.SHARE, ActionKind.UNSHARE):
                    self.shared.add(wish.image_id)
                elif noted.kind == ActionKind.DELETE:
                    self.gone.add(wish.image_id)

    def can_be_seen(self, wish: Wish, thing: str) -> bool:
        """Whether the effect is to be there in the end: nothing later took its place."""
        return self.latest[thing] is wish and (wish.kind == ActionKind.DELETE or wish.image_id not in self.gone)

    def voted(self, share: int, who: str) -> None:
        with self._lock:
            self.votes.setdefault(share, set()).add(who)
