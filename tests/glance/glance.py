"""A Glance of OpenStack as a process, with a file store, and with quotas that Keystone keeps."""

import sys
from pathlib import Path

from tests.glance.keystone import PASSWORD, Keystone
from tests.glance.service import Service, command, free_port

_CONFIGURATION = """
[DEFAULT]
log_file = {folder}/glance.log
enabled_backends = files:file
node_staging_uri = file://{folder}/staging
limit_param_default = 25
api_limit_max = 1000
use_keystone_limits = true
[database]
connection = sqlite:///{folder}/glance.sqlite
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = {folder}/images
[os_glance_staging_store]
filesystem_store_datadir = {folder}/staging_store
[os_glance_tasks_store]
filesystem_store_datadir = {folder}/tasks_store
[keystone_authtoken]
www_authenticate_uri = {keystone}
auth_url = {keystone}
auth_type = password
project_domain_id = default
user_domain_id = default
project_name = service
username = glance
password = {password}
[oslo_limit]
auth_url = {keystone}
auth_type = password
user_domain_id = default
username = glance
password = {password}
system_scope = all
endpoint_id = {endpoint}
[paste_deploy]
flavor = keystone
config_file = {venv}/etc/glance/glance-api-paste.ini
"""

_WSGI = """
import os, sys
os.environ["OS_GLANCE_CONFIG_DIR"] = "{folder}"
os.environ["OS_GLANCE_CONFIG_FILES"] = "glance-api.conf"
sys.argv = ["glance-api"]
from glance.common.wsgi_app import init_app
application = init_app()
"""

_FOLDERS = ("images", "staging", "staging_store", "tasks_store")


class Glance(Service):
    """`endpoint` is the id of its public endpoint in the catalogue, whose limits it asks Keystone for."""

    def __init__(self, venv: Path, folder: Path) -> None:
        super().__init__("glance", venv, folder, free_port())

    def prepare(self, keystone: Keystone, endpoint: str) -> None:
        """Write the configuration and make the database."""
        for name in _FOLDERS:
            (self.folder / name).mkdir(parents=True)
        configuration = self.folder / "glance-api.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=self.folder, venv=self.venv, keystone=keystone.url, password=PASSWORD, endpoint=endpoint
            )
        )
        self.write_application(_WSGI.format(folder=self.folder))
        command(self.venv / "bin" / "glance-manage", "--config-file", configuration, "db_sync")


def venv_of(folder: str) -> Path:
    """The virtual environment with both services, absolute. Raises FileNotFoundError when it is not there."""
    venv = Path(folder).resolve()
    if not (venv / "bin" / "glance-manage").exists():
        raise FileNotFoundError(f"There is no Glance in {venv}; `make test-glance` installs it (Python {sys.version}).")
    return venv
