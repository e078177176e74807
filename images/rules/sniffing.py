"""What a file is, told by its first and last bytes, held against what somebody says it is (6.1.4, 5.1.6).

Marks are those that the makers of the formats publish. raw, zvhd and zvhd2 have none that we know of, so of these only
the mark of another format is a contradiction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.translation import gettext as _

from images.rules import limits
from images.rules.broken import Broken

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


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`format`: as the reference spells it, "": no mark was found. `disk`: bytes of the disk inside, 0: not known.

    `packed`: name of the compression; `text`: it describes a disk whose data are in another file.
    """

    format: str = ""
    disk: int = 0
    packed: str = ""
    text: bool = False


def sniff(head: bytes, tail: bytes) -> Sniffed:
    """From the first HEAD and the last TAIL bytes of a file (or all of a shorter one)."""
    for mark, name in _PACKED.items():
        if head.startswith(mark):
            return Sniffed(packed=name)
    if head[257:262] == b"ustar":
        return Sniffed(packed="tar")
    if head.startswith(b"# Disk DescriptorFile"):
        return Sniffed("vmdk", text=True)
    return _by_mark(head, tail)


def _by_mark(head: bytes, tail: bytes) -> Sniffed:
    if head.startswith(b"QFI\xfb"):
        return Sniffed("qcow" if head[4:8] == b"\0\0\0\1" else "qcow2", _number(head, 24, "big"))
    footer = head if head.startswith(b"conectix") else tail[-TAIL:]
    if footer.startswith(b"conectix"):
        return Sniffed("vhd", _number(footer, 48, "big"))
    for mark, at, name, size_at, unit in _MARKS:
        if head[at : at + len(mark)] == mark:
            return Sniffed(name, _number(head, size_at, "little") * unit)
    return Sniffed()


def check_file(found: Sniffed, said: str, *, taken: Collection[str], min_disk: int = 0) -> list[Broken]:
    """Whether a file is what was said of it. `said`: its format, "" when it is to be found out; `taken`: those that the
    service takes; `min_disk` of the image in GB, 0 if none was named."""
    if found.packed:
        message = _("The file is packed (%(how)s). Unpack it and choose the disk that is inside.")
        return [_broken(message % {"how": found.packed})]
    if found.text:
        return [_broken(_("This file only describes a disk. Choose the file that holds its data."))]
    problem = _problem_of_format(found.format, said, taken)
    if problem:
        return [problem]
    if min_disk and found.disk > min_disk * limits.GIB:
        message = _("The disk in this file has %(has)d GB, and the image is said to need %(said)d GB.")
        return [_broken(message % {"has": -(-found.disk // limits.GIB), "said": min_disk}, "")]
    return []


def _problem_of_format(found: str, said: str, taken: Collection[str]) -> Broken | None:
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


def _broken(message: str, code: str = "IMG.0072") -> Broken:
    return Broken("file", message, code, "6.1.4")


def _number(data: bytes, at: int, order: Literal["big", "little"]) -> int:
    return int.from_bytes(data[at : at + 8], order)
