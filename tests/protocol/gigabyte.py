"""Uploads a file through our client in a process of its own and prints by how many bytes its memory grew.

python -m tests.protocol.gigabyte SANDBOX_URL FILE
"""

import sys
from pathlib import Path

from images.ims import Identity, IMSClient, Metadata, PasswordCredentials
from images.sandbox import cast


def peak_memory(pid: str) -> int:
    """The most memory a process ever had, in bytes. ``self`` is this one."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * 1024


def main(url: str, file: str) -> None:
    user, project = cast.USERS[0], cast.DEMO_PROJECTS[0]
    identity = Identity(f"{url}/v3", PasswordCredentials(user.name, user.password, cast.DEMO.name))
    client = IMSClient(url, project.id, identity.auth_for(project.id))
    image = client.images.create_metadata(Metadata(name="gigabyte", disk_format="raw", min_disk=40))
    before = peak_memory("self")
    client.images.upload(image.id, Path(file))
    assert client.images.wait_until_active(image.id, interval=0.1, timeout=120).size_bytes == Path(file).stat().st_size
    client.images.delete(image.id)
    sys.stdout.write(f"{peak_memory('self') - before}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
