"""Files by their marks, and what is said of those that are not what they should be."""

import pytest

from images.core import ims_limits
from images.making.rules.file_kinds import HEAD, FileKind, check_file, sniff

GIB = ims_limits.GIB
QCOW2 = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (40 * GIB).to_bytes(8, "big")
VMDK = b"KDMV" + b"\0" * 8 + (10 * GIB // 512).to_bytes(8, "little")
FOOTER = b"conectix" + b"\0" * 40 + (5 * GIB).to_bytes(8, "big") + b"\0" * 456
ISO = b"\0" * 32769 + b"CD001"


@pytest.mark.parametrize(
    ("head", "tail", "found"),
    [
        (QCOW2, b"", FileKind("qcow2", 40 * GIB)),
        (b"QFI\xfb\0\0\0\1" + QCOW2[8:], b"", FileKind("qcow", 40 * GIB)),
        (VMDK, b"", FileKind("vmdk", 10 * GIB)),
        (b"# Disk DescriptorFile\nversion=1", b"", FileKind("vmdk", text=True)),
        (b"vhdxfile" + b"\0" * 100, b"", FileKind("vhdx")),
        (FOOTER, b"", FileKind("vhd", 5 * GIB)),  # dynamic: a copy of the footer stands first
        (b"\0" * HEAD, FOOTER, FileKind("vhd", 5 * GIB)),  # fixed
        (b"\0" * 64 + b"\x7f\x10\xda\xbe" + b"\0" * 300 + GIB.to_bytes(8, "little"), b"", FileKind("vdi", GIB)),
        (b"QED\0" + b"\0" * 44 + GIB.to_bytes(8, "little"), b"", FileKind("qed", GIB)),
        (ISO, b"", FileKind("iso")),
        (b"\x1f\x8b\x08", b"", FileKind(packed="gzip")),
        (b"\0" * 257 + b"ustar", b"", FileKind(packed="tar")),
        (b"\0" * 1000, b"", FileKind()),
        (b"", b"", FileKind()),
    ],
)
def test_a_file_is_known_by_its_marks(head, tail, found):
    assert sniff(head, tail) == found


@pytest.mark.parametrize(
    ("found", "said", "words"),
    [
        (sniff(QCOW2, b""), "qcow2", ""),
        (sniff(QCOW2, b""), "", ""),
        (sniff(FOOTER, b""), "zvhd2", ""),  # a family
        (FileKind(), "raw", ""),
        (FileKind(), "zvhd", ""),
        (sniff(VMDK, b""), "qcow2", "This is a VMDK file, and the image is said to be QCOW2."),
        (sniff(QCOW2, b""), "raw", "This is a QCOW2 file"),
        (FileKind(), "vhd", "lacks the mark"),
        (FileKind(), "", "cannot be found out"),
        (sniff(ISO, b""), "", "takes no ISO file"),
        (sniff(b"PK\x03\x04", b""), "raw", "packed (zip)"),
        (sniff(b"# Disk DescriptorFile", b""), "", "only describes"),
        (FileKind("qcow2", 41 * GIB - 1), "qcow2", "has 41 GB"),
    ],
)
def test_what_is_said_of_a_file_is_held_against_it(found, said, words):
    broken = check_file(found, said, taken=ims_limits.UPLOAD_FORMATS, min_disk=40)
    assert (words in broken[0].message) if words else broken == []


def _qcow2(version: int, *, backing: int = 0, features: int = 0) -> bytes:
    head = b"QFI\xfb" + version.to_bytes(4, "big") + backing.to_bytes(8, "big") + b"\0" * 8 + GIB.to_bytes(8, "big")
    return head + b"\0" * 40 + features.to_bytes(8, "big") + b"\0" * 100


def _vmdk(words: bytes) -> bytes:
    head = VMDK + b"\0" * 8 + (1).to_bytes(8, "little") + (20).to_bytes(8, "little")
    return head.ljust(512, b"\0") + words.ljust(20 * 512, b"\0")


_WHOLE = b'# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\ncreateType="%s"\nRW 20 SPARSE "x.vmdk"\n'
_VDI = b"\0" * 64 + b"\x7f\x10\xda\xbe" + b"\0" * 8
_VHDX = b"vhdxfile".ljust(1000, b"\0")


@pytest.mark.parametrize(
    ("head", "tail", "rest"),
    [
        (_qcow2(3), b"", ""),
        (_qcow2(2), b"", ""),
        (_qcow2(3, backing=512), b"", "a backing file"),
        (_qcow2(2, backing=512), b"", "a backing file"),
        (_qcow2(1, backing=48), b"", "a backing file"),
        (_qcow2(3, features=4), b"", "another file that holds its data"),
        (_qcow2(3, features=1 | 4), b"", "another file that holds its data"),
        (_qcow2(3, features=1), b"", ""),  # only "dirty"
        (_qcow2(2, features=4), b"", ""),  # version 2 has no features there
        (_vmdk(_WHOLE % b"monolithicSparse"), b"", ""),
        (_vmdk(_WHOLE % b"streamOptimized"), b"", ""),
        (_vmdk((_WHOLE % b"monolithicSparse").replace(b"ffffffff", b"1234abcd")), b"", "a parent disk"),
        (_vmdk((_WHOLE % b"monolithicSparse").replace(b"SPARSE", b"FLAT")), b"", "another file"),
        (_vmdk(_WHOLE % b"monolithicSparse" + b'RW 20 SPARSE "/etc/shadow"\n'), b"", "another file"),
        (_vmdk(_WHOLE % b"twoGbMaxExtentSparse"), b"", "another file"),
        (FOOTER, b"", ""),
        (FOOTER[:60] + b"\0\0\0\4" + FOOTER[64:], b"", "a parent disk"),
        (b"\0" * HEAD, FOOTER[:60] + b"\0\0\0\4" + FOOTER[64:], "a parent disk"),
        (_VHDX, b"", ""),
        (_VHDX + bytes.fromhex("2d5fd3a80bb34d45abf7d3d84834ab0c"), b"", "a parent disk"),
        (_VDI + (1).to_bytes(4, "little"), b"", ""),
        (_VDI + (4).to_bytes(4, "little"), b"", "a parent disk"),
        (b"QED\0" + b"\0" * 12 + b"\1" + b"\0" * 60, b"", "a backing file"),
        (b"QED\0" + b"\0" * 76, b"", ""),
    ],
)
def test_a_disk_that_needs_another_file_is_refused_with_the_reason(head, tail, rest):
    """Whoever opens it reads what its maker wrote there, be it a file of the server."""
    found = sniff(head, tail)
    formats = (*ims_limits.UPLOAD_FORMATS, "qcow", "qed", "vdi", "vhdx", "vmdk", "vhd")
    said = [one.message for one in check_file(found, "", taken=formats)]
    assert (rest in said[0] and said[0].startswith("This file is only a part of a disk")) if rest else said == []


def test_a_glance_takes_what_it_takes():
    assert check_file(sniff(ISO, b""), "iso", taken=ims_limits.GLANCE_FORMATS) == []
    assert "QED" in check_file(FileKind("qed"), "", taken=ims_limits.GLANCE_FORMATS)[0].message
