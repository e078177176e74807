"""All images in memory, in the orders that lists ask for.

A *shelf* holds the images that appear together in lists: those of one project, or the public ones of one region. It is
kept sorted by (created_at, id) and by (updated_at, id), so that a page deep in a long list costs a bisection and as
many steps as the page has images. Documents are bytes, encoded when they change, joined when they are sent.
"""

import sys
from bisect import bisect_left, insort
from operator import attrgetter
from typing import Any

import msgspec

from images.sandbox.store import Store

# Above this many images the documents stay in the state file and only the attributes that lists filter by are held:
# a million images then take about one gigabyte instead of three.
DOCUMENTS_IN_MEMORY = 250_000

_NAMES = {
    "imagetype": "__imagetype",
    "os_type": "__os_type",
    "os_bit": "__os_bit",
    "platform": "__platform",
    "isregistered": "__isregistered",
    "whole_image": "__whole_image",
    "cmkid": "__system__cmkid",
    "support_kvm": "__support_kvm",
    "support_xen": "__support_xen",
    "support_largememory": "__support_largememory",
    "support_diskintensive": "__support_diskintensive",
    "support_highperformance": "__support_highperformance",
    "support_xen_gpu_type": "__support_xen_gpu_type",
    "support_kvm_gpu_type": "__support_kvm_gpu_type",
    "support_xen_hana": "__support_xen_hana",
    "support_kvm_infiniband": "__support_kvm_infiniband",
    # Ours, not of the document: no attribute of IMS has such a name.
    "seq": "sandbox:seq",
    "shelf": "sandbox:shelf",
    "doc": "sandbox:doc",
}


class Row(msgspec.Struct, rename=_NAMES, gc=False):
    """What lists need to know of an image: the attributes that are filtered and sorted by (5.1.1)."""

    id: str
    owner: str
    status: str
    created_at: str
    updated_at: str
    visibility: str
    name: str = ""
    container_format: str = ""
    disk_format: str = ""
    min_ram: int = 0
    min_disk: int = 0
    size: int = 0
    protected: bool = False
    virtual_env_type: str = ""
    tags: tuple[str, ...] = ()
    imagetype: str = ""
    os_type: str = ""
    os_bit: str = ""
    platform: str = ""
    isregistered: str = ""
    whole_image: bool = False
    cmkid: str = ""
    support_kvm: str = ""
    support_xen: str = ""
    support_largememory: str = ""
    support_diskintensive: str = ""
    support_highperformance: str = ""
    support_xen_gpu_type: str = ""
    support_kvm_gpu_type: str = ""
    support_xen_hana: str = ""
    support_kvm_infiniband: str = ""
    seq: int = 0
    shelf: str = ""
    doc: bytes = b""


_OURS = {"seq", "shelf", "doc", "id"}
_SHARED = tuple(name for name, kind in Row.__annotations__.items() if kind is str and name not in _OURS)
# Not strict: tests may plant what careless services send, such as "true" for true.
_decode = msgspec.json.Decoder(Row, strict=False).decode
_SORT_VALUE = {key: attrgetter(key) for key in ("name", "container_format", "disk_format", "status", "id", "size")}


def read_row(seq: int, shelf: str, doc: bytes) -> Row:
    """The row of a document. Repeated texts are shared, which halves the memory of a large sandbox."""
    row = _decode(doc)
    for name in _SHARED:
        value = getattr(row, name)
        if value:
            setattr(row, name, sys.intern(value))
    row.tags = tuple(map(sys.intern, row.tags))
    row.seq = seq
    row.shelf = sys.intern(shelf)
    row.doc = doc
    return row


def by_created(row: Row) -> tuple[Any, str]:
    return row.created_at, row.id


def by_updated(row: Row) -> tuple[Any, str]:
    return row.updated_at, row.id


def sort_key(name: str) -> Any:
    """The order of a ``sort_key``: the value, ties by id."""
    if name == "created_at":
        return by_created
    value = _SORT_VALUE[name]
    return lambda row: (value(row), row.id)


class Shelf:
    """Images that lists show together, in several orders, oldest or smallest first."""

    def __init__(self) -> None:
        self.created: list[Row] = []
        self.updated: list[Row] = []
        self.version = 0
        self._orders: dict[str, list[Row]] = {}

    def __len__(self) -> int:
        return len(self.created)

    def add(self, row: Row) -> None:
        insort(self.created, row, key=by_created)
        insort(self.updated, row, key=by_updated)
        self._changed()

    def remove(self, row: Row) -> None:
        del self.created[bisect_left(self.created, by_created(row), key=by_created)]
        del self.updated[bisect_left(self.updated, by_updated(row), key=by_updated)]
        self._changed()

    def fill(self, rows: list[Row]) -> None:
        """Take over many rows at once."""
        self.created = sorted(rows, key=by_created)
        self.updated = sorted(rows, key=by_updated)
        self._changed()

    def order(self, key: str) -> list[Row]:
        """All rows by a sort key, ascending. Orders other than by time are made when first asked for."""
        if key == "created_at":
            return self.created
        if key not in self._orders:
            self._orders[key] = sorted(self.created, key=sort_key(key))
        return self._orders[key]

    def _changed(self) -> None:
        self.version += 1
        self._orders.clear()


def public_shelf(region: str) -> str:
    """Name of the shelf with the public images of a region; other shelves are named by their project."""
    return f"public:{region}"


class Library:
    """Every image by id and by shelf. Callers hold the lock of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.shelves: dict[str, Shelf] = {}
        self.rows: dict[str, Row] = {}
        self._keep_documents = True

    def load(self, count: int) -> None:
        """Read all images of the state file; ``count`` decides whether the documents fit into memory."""
        self._keep_documents = count <= DOCUMENTS_IN_MEMORY
        piles: dict[str, list[Row]] = {}
        for seq, shelf, doc in self._store.images():
            row = read_row(seq, shelf, doc)
            if not self._keep_documents:
                row.doc = b""
            self.rows[row.id] = row
            piles.setdefault(row.shelf, []).append(row)
        for shelf, rows in piles.items():
            self.shelf(shelf).fill(rows)

    def shelf(self, name: str) -> Shelf:
        """The shelf of a project or region; empty ones exist as well."""
        if name not in self.shelves:
            self.shelves[name] = Shelf()
        return self.shelves[name]

    def put(self, seq: int, shelf: str, doc: bytes) -> Row:
        """Add an image, or put its new document in place of the old one."""
        row = read_row(seq, shelf, doc)
        if not self._keep_documents:
            row.doc = b""
        self.drop(row.id)
        self.rows[row.id] = row
        self.shelf(shelf).add(row)
        return row

    def drop(self, image_id: str) -> None:
        """Remove an image if it is there."""
        row = self.rows.pop(image_id, None)
        if row is not None:
            self.shelf(row.shelf).remove(row)

    def documents(self, rows: list[Row]) -> list[bytes]:
        """The documents of rows, as bytes, in their order."""
        if self._keep_documents:
            return [row.doc for row in rows]
        return self._store.documents([row.seq for row in rows])

    def document(self, row: Row) -> dict[str, Any]:
        """One document, decoded."""
        document: dict[str, Any] = msgspec.json.decode(self.documents([row])[0])
        return document
