"""Files by their marks, and what is said of those that are not what they should be."""

import pytest

from images.rules import limits
from images.rules.sniffing import HEAD, Sniffed, check_file, sniff

GIB = limits.GIB
QCOW2 = b"QFI\xfb\0\0\0\3" + b"\0" * 16 + (40 * GIB).to_bytes(8, "big")
VMDK = b"KDMV" + b"\0" * 8 + (10 * GIB // 512).to_bytes(8, "little")
FOOTER = b"conectix" + b"\0" * 40 + (5 * GIB).to_bytes(8, "big") + b"\0" * 456
ISO = b"\0" * 32769 + b"CD001"


@pytest.mark.parametrize(
    ("head", "tail", "found"),
    [
        (QCOW2, b"", Sniffed("qcow2", 40 * GIB)),
        (b"QFI\xfb\0\0\0\1" + QCOW2[8:], b"", Sniffed("qcow", 40 * GIB)),
        (VMDK, b"", Sniffed("vmdk", 10 * GIB)),
        (b"# Disk DescriptorFile\nversion=1", b"", Sniffed("vmdk", text=True)),
        (b"vhdxfile" + b"\0" * 100, b"", Sniffed("vhdx")),
        (FOOTER, b"", Sniffed("vhd", 5 * GIB)),  # dynamic: a copy of the footer stands first
        (b"\0" * HEAD, FOOTER, Sniffed("vhd", 5 * GIB)),  # fixed
        (b"\0" * 64 + b"\x7f\x10\xda\xbe" + b"\0" * 300 + GIB.to_bytes(8, "little"), b"", Sniffed("vdi", GIB)),
        (b"QED\0" + b"\0" * 44 + GIB.to_bytes(8, "little"), b"", Sniffed("qed", GIB)),
        (ISO, b"", Sniffed("iso")),
        (b"\x1f\x8b\x08", b"", Sniffed(packed="gzip")),
        (b"\0" * 257 + b"ustar", b"", Sniffed(packed="tar")),
        (b"\0" * 1000, b"", Sniffed()),
        (b"", b"", Sniffed()),
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
        (Sniffed(), "raw", ""),
        (Sniffed(), "zvhd", ""),
        (sniff(VMDK, b""), "qcow2", "This is a VMDK file, and the image is said to be QCOW2."),
        (sniff(QCOW2, b""), "raw", "This is a QCOW2 file"),
        (Sniffed(), "vhd", "lacks the mark"),
        (Sniffed(), "", "cannot be found out"),
        (sniff(ISO, b""), "", "takes no ISO file"),
        (sniff(b"PK\x03\x04", b""), "raw", "packed (zip)"),
        (sniff(b"# Disk DescriptorFile", b""), "", "only describes"),
        (Sniffed("qcow2", 41 * GIB - 1), "qcow2", "has 41 GB"),
    ],
)
def test_what_is_said_of_a_file_is_held_against_it(found, said, words):
    broken = check_file(found, said, taken=limits.UPLOAD_FORMATS, min_disk=40)
    assert (words in broken[0].message) if words else broken == []


def test_a_glance_takes_what_it_takes():
    assert check_file(sniff(ISO, b""), "iso", taken=limits.GLANCE_FORMATS) == []
    assert "QED" in check_file(Sniffed("qed"), "", taken=limits.GLANCE_FORMATS)[0].message
