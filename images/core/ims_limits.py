"""The numbers and the choices of the reference. Sizes of files in bytes, of disks in GB, of memory in MB."""

GIB = 1024**3

MAX_NAME = 128  # 9.1; 255 in 6.1.6, which ECS does not take
MAX_DESCRIPTION = 1024  # 9.1

MAX_TAGS = 10  # of an image, whichever way they were added (5.2.4, 5.2.5)
MAX_TAG_KEY = 36  # 9.2
MAX_TAG_VALUE = 43  # 9.2
MAX_NATIVE_TAG = 255  # 9.2, 6.1.6
MAX_DELETED_KEY = 127  # 5.2.4: deleting is wider, for tags of older times
MAX_DELETED_VALUE = 255

MAX_QUERY_KEYS = 10  # 5.2.3, of each of the four lists, and values of each key
MAX_QUERY_KEY = 127
MAX_QUERY_VALUE = 255
MAX_QUERY_PAGE = 1000

MAX_MEMBERS = 128  # 9.3, of an image

MIN_DISK = 1
MAX_SYSTEM_DISK = 1024  # 5.1.3, 6.1.6
MAX_DATA_DISK = 2048  # 5.1.3
#: The reference prints no upper end; this is what an Integer holds.
MAX_RAM = 2**31 - 1
MAX_DATA_FILES = 3  # 5.1.3: data disks that come with one system disk file

MAX_EXPORT = 128 * GIB  # IMG.0160: above it only fast export
TOO_LARGE_TO_EXPORT = 1024 * GIB  # 5.1.7: smaller than 1 TB
TOO_LARGE_TO_UPLOAD = 2 * GIB  # 6.1.4: smaller than 2 GB
MAX_SIGNED_BODY = 12 * 1024**2  # 3.2: with AK/SK; uploads use a token

MAX_FILE_NAME = 128  # IMG.0075, of a folder or file in a bucket

OS_TYPES = ("Linux", "Windows", "Other")  # 5.1.3
OS_TYPES_OF_DATA = ("Linux", "Windows")  # 5.1.4
ARCHITECTURES = ("x86", "arm")  # 5.1.4
FIRMWARES = ("bios", "uefi")  # 5.1.2
MEMBER_ANSWERS = ("accepted", "rejected")  # 5.3.3, 6.4.2

EXPORT_FORMATS = ("qcow2", "vhd", "zvhd", "vmdk")  # 5.1.7
QUICK_IMPORT_FORMATS = ("raw", "zvhd2")  # 5.1.4
UPLOAD_FORMATS = ("qcow2", "vmdk", "vhd", "raw", "vhdx", "qed", "vdi", "qcow", "zvhd2", "zvhd")  # 6.1.4
IMPORT_FORMATS = UPLOAD_FORMATS
REGISTER_FORMATS = (*UPLOAD_FORMATS, "iso")  # 5.1.6
GLANCE_FORMATS = ("qcow2", "raw", "vhd", "vhdx", "vmdk", "vdi", "iso")  # of an OpenStack as it comes
METADATA_FORMATS = ("zvhd2", "vhd", "zvhd", "raw", "iso", "qcow2")  # 6.1.6; zvhd stands in 9.1 only

XEN_GPU_TYPES = ("M60_vGPU",)  # table 9-2
KVM_GPU_TYPES = ("M60", "V100_vGPU", "P2V_V100", "P100", "V100")  # table 9-3

#: Makers that charge for their OS: images made from these public ones are not exported (5.1.7).
CHARGED_PLATFORMS = frozenset({"Windows", "SUSE", "Red Hat", "Ubuntu", "Oracle Linux"})
