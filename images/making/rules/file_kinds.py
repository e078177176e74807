"""What a file is, told by its first and last bytes, held against what somebody says it is (6.1.4, 5.1.6).

Marks are those that the makers of the formats publish. raw, zvhd and zvhd2 have none that we know of, so of these only
the mark of another format is a contradiction.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _

from images.core import ims_limits
from images.core.violations import Violation

#: Bytes that tell everything: the mark of an ISO 9660 volume stands behind 32 KB, the footer of a VHD at the end.
HEAD: Final = 64 * 1024
TAIL: Final = 512

#: (mark, where it stands, format, where the size of the disk stands, bytes that it counts); 0 bytes: it tells no size.
_MARKS: Final = (
    (b"KDMV", 0, "vmdk", 12, 512),
    (b"COWD", 0, "vmdk", 0, 0),
    (b"vhdxfile", 0, "vhdx", 0, 0),
    (b"\x7f\x10\xda\xbe", 64, "vdi", 368, 1),
    (b"QED\0", 0, "qed", 48, 1),
    (b"CD001", 32769, "iso", 0, 0),
)
_PACKED: Final = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf\x27\x1c": "7z",
}
#: Formats that must carry their mark; a file without it is something else.
_MARKED: Final = frozenset({"qcow2", "qcow", "vmdk", "vhd", "vhdx", "vdi", "qed", "iso"})
#: Formats that carry none; a file is taken for one by its ending, if it has no mark of another.
UNMARKED: Final = frozenset({"raw", "zvhd", "zvhd2"})
#: One family: IMS makes its two from a VHD.
_VHD: Final = frozenset({"vhd", "zvhd", "zvhd2"})

_SECTOR: Final = 512
#: Type of a VHD in its footer that holds only what differs from a parent.
_DIFFERENCING: Final = b"\0\0\0\4"
#: Bit of the incompatible features of a qcow2.
_EXTERNAL_DATA: Final = 4
#: GUID of the item of a VHDX that says where its parent is, A8D35F2D-B30B-454D-ABF7-D3D84834AB0C, as it is stored.
_PARENT_LOCATOR: Final = bytes.fromhex("2d5fd3a80bb34d45abf7d3d84834ab0c")


@dataclass(frozen=True, slots=True)
class FileKind:
    """`format`: as the reference spells it, "": no mark was found. `disk`: bytes of the disk inside, 0: not known.

    `packed`: name of the compression; `text`: it describes a disk whose data are in another file.
    """

    format: str = ""
    disk: int = 0
    packed: str = ""
    text: bool = False
    #: In words what of it is in another file, "" when it is whole.
    rest: str = ""


def sniff(head: bytes, tail: bytes) -> FileKind:
    """From the first HEAD and the last TAIL bytes of a file (or all of a shorter one)."""
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            return FileKind(packed=name)
    if head[257:262] == b"ustar":
        return FileKind(packed="tar")
    if head.startswith(b"# Disk DescriptorFile"):
        return FileKind("vmdk", text=True)
    return _by_mark(head, tail)


def _by_mark(head: bytes, tail: bytes) -> FileKind:
    if head.startswith(b"QFI\xfb"):
        name = "qcow" if head[4:8] == b"\0\0\0\1" else "qcow2"
        return FileKind(name, _number(head, 24, "big"), rest=_rest_of_qcow(head))
    footer = head if head.startswith(b"conectix") else tail[-TAIL:]
    if footer.startswith(b"conectix"):
        return FileKind("vhd", _number(footer, 48, "big"), rest=_parent() if footer[60:64] == _DIFFERENCING else "")
    for mark, at, name, size_at, unit in _MARKS:
        if head[at : at + len(mark)] == mark:
            rest = _REST[name](head) if name in _REST else ""
            return FileKind(name, _number(head, size_at, "little") * unit, rest=rest)
    return FileKind()


def _parent() -> str:
    return _("a parent disk, of which it holds only what differs")


def _other_data() -> str:
    return _("another file that holds its data")


def _rest_of_qcow(head: bytes) -> str:
    """Where the name of a backing file stands (bytes 8 to 15), and the bit for data in another file (72 to 79). Whoever
    opens such a file reads whatever path is written there."""
    if _number(head, 8, "big"):
        return _("a backing file")
    if head[4:8] >= b"\0\0\0\3" and _number(head, 72, "big") & _EXTERNAL_DATA:
        return _other_data()
    return ""


def _rest_of_vmdk(head: bytes) -> str:
    """The description inside of a sparse extent says how the disk is made: from sector `at` on, in ASCII."""
    at, sectors = _number(head, 28, "little") * _SECTOR, _number(head, 36, "little") * _SECTOR
    words = head[at : at + min(sectors, HEAD)].split(b"\0")[0] if at else b""
    parent = re.search(rb"(?im)^\s*parentCID\s*=\s*([0-9a-f]+)", words)
    if parent and parent[1].lower() != b"ffffffff":
        return _parent()
    extents = re.findall(rb"(?im)^\s*(?:RW|RDONLY|NOACCESS)\s+\d+\s+(\w+)", words)
    whole = re.search(rb'(?im)^\s*createType\s*=\s*"(monolithicSparse|streamOptimized)"', words)
    if len(extents) > 1 or (words and not whole) or any(kind.upper() != b"SPARSE" for kind in extents):
        return _other_data()
    return ""


def _rest_of_vhdx(head: bytes) -> str:
    """Only a differencing disk names a parent locator among the required items of its metadata (MS-VHDX 2.6.2)."""
    return _parent() if _PARENT_LOCATOR in head else ""


def _rest_of_vdi(head: bytes) -> str:
    """Image type 4 is a differencing one, 3 an undo log."""
    return _parent() if int.from_bytes(head[76:80], "little") in (3, 4) else ""


def _rest_of_qed(head: bytes) -> str:
    """Bit 0 of its features: it has a backing file."""
    return _("a backing file") if head[16:17] and head[16] & 1 else ""


#: Format → what of it is in another file.
_REST: Final[Mapping[str, Callable[[bytes], str]]] = {
    "vmdk": _rest_of_vmdk,
    "vhdx": _rest_of_vhdx,
    "vdi": _rest_of_vdi,
    "qed": _rest_of_qed,
}


def check_file(found: FileKind, said: str, *, taken: Collection[str], min_disk: int = 0) -> list[Violation]:
    """Whether a file is what was said of it. `said`: its format, "" when it is to be found out; `taken`: those that the
    service takes; `min_disk` of the image in GB, 0 if none was named."""
    if found.packed:
        message = _("The file is packed (%(how)s). Unpack it and choose the disk that is inside.")
        return [_broken(message % {"how": found.packed})]
    if found.text:
        return [_broken(_("This file only describes a disk. Choose the file that holds its data."))]
    if found.rest:
        said_of = _("This file is only a part of a disk: it needs %(rest)s. Make one file of both, then choose that.")
        return [_broken(said_of % {"rest": found.rest})]
    problem = _problem_of_format(found.format, said, taken)
    if problem:
        return [problem]
    if min_disk and found.disk > min_disk * ims_limits.GIB:
        message = _("The disk in this file has %(has)d GB, and the image is said to need %(said)d GB.")
        return [_broken(message % {"has": -(-found.disk // ims_limits.GIB), "said": min_disk}, "")]
    return []


def _problem_of_format(found: str, said: str, taken: Collection[str]) -> Violation | None:
    if not said and not found:
        return _broken(_("What format the file has cannot be found out. Choose it in the step before."))
    if (found or said) not in taken:
        message = _("The service takes no %(format)s file this way. It takes: %(taken)s.")
        return _broken(message % {"format": (found or said).upper(), "taken": ", ".join(taken)})
    if not said or found == said or (found in _VHD and said in _VHD):
        return None
    if found:
        message = _("This is a %(found)s file, and the image is said to be %(said)s.")
        return _broken(message % {"found": found.upper(), "said": said.upper()})
    if said in _MARKED:
        return _broken(_("This is no %(said)s file: it lacks the mark of one.") % {"said": said.upper()})
    return None


def _broken(message: str, code: str = "IMG.0072") -> Violation:
    return Violation("file", message, code, "6.1.4")


def _number(data: bytes, at: int, order: Literal["big", "little"]) -> int:
    return int.from_bytes(data[at : at + 8], order)
