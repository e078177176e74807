"""Operating systems of Table 9-1 and the limited lists of chapter 9, as the sandbox reads them."""

OS_VERSIONS: dict[str, tuple[str, ...]] = {
    "Windows": (
        "Windows 10 64bit",
        "Windows Server 2016 Standard 64bit",
        "Windows Server 2016 Datacenter 64bit",
        "Windows Server 2012 R2 Standard 64bit",
        "Windows Server 2012 Essentials R2 64bit",
        "Windows Server 2012 R2 Datacenter 64bit",
        "Windows Server 2012 Datacenter 64bit",
        "Windows Server 2012 Standard 64bit",
        "Windows Server 2008 R2 WEB 64bit",
        "Windows Server 2008 R2 Standard 64bit",
        "Windows Server 2008 R2 Enterprise 64bit",
        "Windows Server 2008 R2 Datacenter 64bit",
    ),
    "SUSE": (
        "SUSE Linux Enterprise Server 15 SP1 64bit",
        "SUSE Linux Enterprise Server 15 64bit",
        "SUSE Linux Enterprise Server 12 SP5 64bit",
        "SUSE Linux Enterprise Server 12 SP3 64bit",
        "SUSE Linux Enterprise Server 12 SP2 64bit",
        "SUSE Linux Enterprise Server 12 SP1 64bit",
        "SUSE Linux Enterprise Server 12 64bit",
        "SUSE Linux Enterprise Server 11 SP4 64bit",
        "SUSE Linux Enterprise Server 11 SP3 64bit",
        "SUSE Linux Enterprise Server 11 SP3 32bit",
        "SUSE Linux Enterprise Server 11 SP1 64bit",
    ),
    "Oracle Linux": (
        "Oracle Linux Server release 7.6 64bit",
        "Oracle Linux Server release 7.5 64bit",
        "Oracle Linux Server release 7.4 64bit",
        "Oracle Linux Server release 7.3 64bit",
        "Oracle Linux Server release 7.2 64bit",
        "Oracle Linux Server release 7.1 64bit",
        "Oracle Linux Server release 7.0 64bit",
        "Oracle Linux Server release 6.10 64bit",
        "Oracle Linux Server release 6.9 64bit",
        "Oracle Linux Server release 6.8 64bit",
        "Oracle Linux Server release 6.7 64bit",
        "Oracle Linux Server release 6.5 64bit",
    ),
    "Red Hat": (
        "Red Hat Linux Enterprise 8.0 64bit",
        "Red Hat 7.6 64bit",
        "Red Hat Linux Enterprise 7.5 64bit",
        "Red Hat Linux Enterprise 7.4 64bit",
        "Red Hat Linux Enterprise 7.3 64bit",
        "Red Hat Linux Enterprise 7.2 64bit",
        "Red Hat Linux Enterprise 7.1 64bit",
        "Red Hat Linux Enterprise 7.0 64bit",
        "Red Hat Linux Enterprise 6.10 64bit",
        "Red Hat Linux Enterprise 6.9 64bit",
        "Red Hat Linux Enterprise 6.8 64bit",
        "Red Hat Linux Enterprise 6.7 64bit",
        "Red Hat Linux Enterprise 6.6 64bit",
        "Red Hat Linux Enterprise 6.6 32bit",
        "Red Hat Linux Enterprise 6.5 64bit",
        "Red Hat Linux Enterprise 6.4 64bit",
        "Red Hat Linux Enterprise 6.4 32bit",
    ),
    "Ubuntu": (
        "Ubuntu 19.04 server 64bit",
        "Ubuntu 18.04 server 64bit",
        "Ubuntu 16.04 server 64bit",
        "Ubuntu 14.04.4 server 64bit",
        "Ubuntu 14.04.4 server 32bit",
        "Ubuntu 14.04.3 server 64bit",
        "Ubuntu 14.04.3 server 32bit",
        "Ubuntu 14.04.1 server 64bit",
        "Ubuntu 14.04.1 server 32bit",
        "Ubuntu 14.04 server 64bit",
        "Ubuntu 14.04 server 32bit",
    ),
    "openSUSE": (
        "openSUSE 42.3 64bit",
        "openSUSE 42.2 64bit",
        "openSUSE 42.1 64bit",
        "openSUSE 15.1 64bit",
        "openSUSE 15.0 64bit",
        "openSUSE 13.2 64bit",
        "openSUSE 11.3 64bit",
    ),
    "CentOS": (
        "CentOS 8.0 64bit",
        "CentOS 7.7 64bit",
        "CentOS 7.6 64bit",
        "CentOS 7.5 64bit",
        "CentOS 7.4 64bit",
        "CentOS 7.3 64bit",
        "CentOS 7.2 64bit",
        "CentOS 7.1 64bit",
        "CentOS 7.0 64bit",
        "CentOS 7.0 32bit",
        "CentOS 6.10 64bit",
        "CentOS 6.10 32bit",
        "CentOS 6.9 64bit",
        "CentOS 6.9 32bit",
        "CentOS 6.8 64bit",
        "CentOS 6.7 64bit",
        "CentOS 6.7 32bit",
        "CentOS 6.6 64bit",
        "CentOS 6.6 32bit",
        "CentOS 6.5 64bit",
        "CentOS 6.5 32bit",
        "CentOS 6.4 64bit",
        "CentOS 6.4 32bit",
        "CentOS 6.3 64bit",
        "CentOS 6.3 32bit",
    ),
    "Debian": (
        "Debian GNU/Linux 10.0.0 64bit",
        "Debian GNU/Linux 9.3.0 64bit",
        "Debian GNU/Linux 9.0.0 64bit",
        "Debian GNU/Linux 8.8.0 64bit",
        "Debian GNU/Linux 8.7.0 64bit",
        "Debian GNU/Linux 8.6.0 64bit",
        "Debian GNU/Linux 8.5.0 64bit",
        "Debian GNU/Linux 8.4.0 64bit",
        "Debian GNU/Linux 8.2.0 64bit",
        "Debian GNU/Linux 8.1.0 64bit",
    ),
    "Fedora": (
        "Fedora 30 64bit",
        "Fedora 28 64bit",
        "Fedora 27 64bit",
        "Fedora 26 64bit",
        "Fedora 25 64bit",
        "Fedora 24 64bit",
        "Fedora 23 64bit",
        "Fedora 22 64bit",
    ),
    "EulerOS": (
        "EulerOS 2.9 64bit",
        "EulerOS 2.5 64bit",
        "EulerOS 2.3 64bit",
        "EulerOS 2.2 64bit",
        "EulerOS 2.1 64bit",
    ),
    "CoreOS": (
        "CoreOS 1068.10.0",
        "CoreOS 1010.5.0",
        "CoreOS 1298.6.0",
    ),
    "openEuler": ("openEuler 20.03 64bit",),
}

# openEuler has versions in Table 9-1 and no platform among the twelve: Other is our reading.
PLATFORM_OF_FAMILY = {"openSUSE": "OpenSUSE", "openEuler": "Other"}

# What 6.1.6 writes when no version is given; it is not in Table 9-1 itself.
DEFAULT_OS_VERSION = "Other Linux(64 bit)"

# Table 9-4: the systems that disk-intensive ECSs run.
DISK_INTENSIVE = frozenset(
    {
        "CentOS 7.2 64bit",
        "CentOS 7.3 64bit",
        "CentOS 6.8 64bit",
        "SUSE Linux Enterprise Server 11 SP3 64bit",
        "SUSE Linux Enterprise Server 11 SP4 64bit",
        "SUSE Linux Enterprise Server 12 SP1 64bit",
        "SUSE Linux Enterprise Server 12 SP2 64bit",
        "Red Hat Linux Enterprise 6.8 64bit",
        "Red Hat Linux Enterprise 7.3 64bit",
    }
)

# Private images made from public images of these platforms cannot be exported (5.1.7).
CHARGED_PLATFORMS = frozenset({"Windows", "SUSE", "Red Hat", "Ubuntu", "Oracle Linux"})

_FAMILY_OF_VERSION = {version: family for family, versions in OS_VERSIONS.items() for version in versions}


def is_known(os_version: str) -> bool:
    """Whether the text is a version of Table 9-1 or the default of 6.1.6."""
    return os_version in _FAMILY_OF_VERSION or os_version == DEFAULT_OS_VERSION


def attributes_of(os_version: str) -> dict[str, str]:
    """``__os_version`` with the ``__os_type``, ``__platform`` and ``__os_bit`` that follow from it (6.1.6)."""
    family = _FAMILY_OF_VERSION.get(os_version, "")
    return {
        "__os_version": os_version,
        "__os_type": "Windows" if family == "Windows" else "Linux",
        "__platform": PLATFORM_OF_FAMILY.get(family, family) or "Other",
        "__os_bit": "32" if "32bit" in os_version else "64",
    }
