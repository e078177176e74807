"""A Keystone of OpenStack as a process: its configuration, its database, its keys."""

import getpass
import grp
import os
from pathlib import Path

from tests.glance.service import Service, command, free_port

PASSWORD = "secret"

_CONFIGURATION = """
[DEFAULT]
log_file = {folder}/keystone.log
[database]
connection = sqlite:///{folder}/keystone.sqlite
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
"""

_WSGI = """
import sys
sys.argv = ["keystone", "--config-file", "{configuration}"]
from keystone.server.wsgi import initialize_public_application
application = initialize_public_application()
"""


class Keystone(Service):
    """`url` is that of /v3. The user `admin` with PASSWORD has the role admin in the project `admin`."""

    def __init__(self, venv: Path, folder: Path) -> None:
        super().__init__("keystone", venv, folder, free_port())
        self.url = f"{self.base_url}/v3"

    def prepare(self) -> None:
        """Write the configuration, make database and keys, and the administrator."""
        for name in ("fernet", "credential"):
            (self.folder / name).mkdir(mode=0o700, parents=True)
        configuration = self.folder / "keystone.conf"
        configuration.write_text(_CONFIGURATION.format(folder=self.folder))
        self.write_application(_WSGI.format(configuration=configuration))
        owner = ["--keystone-user", getpass.getuser(), "--keystone-group", grp.getgrgid(os.getgid()).gr_name]
        manage = [self.venv / "bin" / "keystone-manage", "--config-file", configuration]
        command(*manage, "db_sync")
        command(*manage, "fernet_setup", *owner)
        command(*manage, "credential_setup", *owner)
        addresses = [part for kind in ("admin", "public", "internal") for part in (f"--bootstrap-{kind}-url", self.url)]
        command(
            *(*manage, "bootstrap", "--bootstrap-password", PASSWORD, *addresses),
            *("--bootstrap-region-id", "RegionOne"),
        )
