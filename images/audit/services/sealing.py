"""The chain (docs/adr/0008-audit-chain.md): each entry has a stamp over what it says, and a digest that ties it to the
one before. Both are keyed, so that whoever can write to the database alone cannot make them.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Left

from images.audit.models import AuditEntry, AuditHead

logger = logging.getLogger(__name__)

#: Entries sealed in one transaction.
BATCH = 500
_HEAD = 1
#: What a stamp covers: everything that is fixed when an entry is written.
STAMPED = (
    "event",
    "actor_pk",
    "actor_name",
    "project_pk",
    "project_name",
    "subject_kind",
    "subject_ref",
    "subject_name",
    "sentence",
    "before",
    "after",
    "details",
    "request_id",
    "address",
)


class UnknownKey(Exception):
    """Sealed with a key that is not among AUDIT_KEYS; the message names its mark."""


def mark_of(key: str) -> str:
    """How a token names its key, without telling it."""
    return hashlib.sha256(b"mark\x00" + key.encode()).hexdigest()[:8]


def marks_in_use() -> set[str]:
    """Marks of the keys that sealed the audit. Reads all of it: half a second for a million entries."""
    if AuditEntry._meta.db_table not in connection.introspection.table_names():
        return set()  # nothing is set up yet
    result: set[str] = set()
    for column in ("stamp", "digest"):
        marks = AuditEntry.objects.order_by().values_list(Left(column, 8), flat=True).distinct()
        result.update(mark for mark in marks if mark)
    return result


@lru_cache(maxsize=8)
def _marked(keys: Sequence[str]) -> dict[str, bytes]:
    return {mark_of(key): key.encode() for key in keys}


def token(purpose: str, text: str, *, mark: str = "") -> str:
    """“MARK:HEX”, keyed with the newest key, or with that of `mark`. Raises UnknownKey."""
    keys = _marked(tuple(settings.AUDIT_KEYS))
    mark = mark or next(iter(keys))
    if mark not in keys:
        raise UnknownKey(mark)
    message = f"{purpose}\x00{text}".encode()
    return f"{mark}:{hmac.digest(keys[mark], message, 'sha256').hex()}"


def stamp_of(entry: AuditEntry, *, mark: str = "") -> str:
    """Over what the entry says. Raises UnknownKey."""
    content = [entry.at.isoformat(), str(entry.uid), *(getattr(entry, name) for name in STAMPED)]
    return token("entry", json.dumps(content, sort_keys=True, separators=(",", ":")), mark=mark)


def digest_of(previous: str, number: int, entry_pk: int, stamp: str, *, mark: str = "") -> str:
    """Of the entry with this place in the chain. Raises UnknownKey."""
    return token("chain", f"{previous}|{number}|{entry_pk}|{stamp}", mark=mark)


def head_stamp(number: int, digest: str, *, mark: str = "") -> str:
    """Over the end of the chain. Raises UnknownKey."""
    return token("head", f"{number}|{digest}", mark=mark)


def is_genuine(entry: AuditEntry) -> bool:
    """Whether this console wrote the entry as it is."""
    return _fits(entry.stamp, lambda mark: stamp_of(entry, mark=mark))


def is_end(head: AuditHead) -> bool:
    """Whether this console wrote the end of the chain as it is."""
    return _fits(head.stamp, lambda mark: head_stamp(head.number, head.digest, mark=mark))


def _fits(held: str, make: Callable[[str], str]) -> bool:
    try:
        return hmac.compare_digest(make(held.partition(":")[0]), held)
    except (UnknownKey, ValueError, TypeError):  # this console writes nothing that it cannot read
        return False


def seal() -> int:
    """Appends what is not in the chain yet, in the order of their ids; returns how many. Harmless at any time.

    Entries that this console did not write are left out, and nothing is added to a chain whose end somebody touched:
    `verify_audit` says so, while people go on working.
    """
    unsealed = AuditEntry.objects.filter(number=None)
    sealed = after = 0
    if not unsealed.exists():
        return 0
    while True:
        with transaction.atomic():
            head = _locked_head()
            if head is None:
                return sealed
            some = list(unsealed.filter(pk__gt=after).order_by("pk")[:BATCH])
            for entry in some:
                sealed += _append(head, entry)
            head.stamp = head_stamp(head.number, head.digest)
            head.save(update_fields=["number", "digest", "stamp"])
        if len(some) < BATCH:
            return sealed
        after = some[-1].pk


def _locked_head() -> AuditHead | None:
    """The end of the chain, ours until the transaction ends; None when it is not as this console left it."""
    head, made = AuditHead.objects.select_for_update().get_or_create(pk=_HEAD)
    if made:
        intact = not AuditEntry.objects.exclude(number=None).exists()
    else:
        intact = is_end(head) and not AuditEntry.objects.filter(number=head.number + 1).exists()
    if not intact:
        logger.error("the end of the audit was changed; nothing is sealed. See: manage.py verify_audit")
        return None
    return head


def _append(head: AuditHead, entry: AuditEntry) -> bool:
    if not is_genuine(entry):
        logger.error("audit entry %s was not written by this console; it is not sealed", entry.pk)
        return False
    number = head.number + 1
    digest = digest_of(head.digest, number, entry.pk, entry.stamp)
    AuditEntry.objects.filter(pk=entry.pk, number=None).seal(number=number, digest=digest)
    head.number, head.digest = number, digest
    return True
