"""The suites: which modules of whose, and how each is told where the sandbox is."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from images.sandbox import cast

#: Settings that ``SandboxProcess.env`` gives: addresses and the two tenants (IMS_…, IMS2_…).
Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Suite:
    """`program`: which of our two scripts runs it, with which arguments. `prepare` writes its configuration into a
    folder and returns the environment that leads there."""

    name: str
    program: str
    arguments: tuple[str, ...]
    prepare: Callable[[Settings, Path], dict[str, str]]


def cloud(settings: Settings, prefix: str) -> dict[str, Any]:
    """An entry of clouds.yaml."""
    return {
        "auth": {
            "auth_url": f"{settings['IAM_ENDPOINT']}/v3",
            "username": settings[f"{prefix}USER"],
            "password": settings[f"{prefix}PASSWORD"],
            "project_name": settings[f"{prefix}PROJECT_NAME"],
            "user_domain_name": settings[f"{prefix}DOMAIN"],
            "project_domain_name": settings[f"{prefix}DOMAIN"],
        },
        "region_name": settings[f"{prefix}REGION"],
        "identity_api_version": "3",
        "image_api_version": "2",
    }


def _by_id(entry: dict[str, Any]) -> dict[str, Any]:
    """The same entry with the id of its domain: glanceclient's tests ask for that."""
    (domain,) = [one for one in cast.DOMAINS if one.name == entry["auth"]["user_domain_name"]]
    return entry | {"auth": entry["auth"] | {"user_domain_id": domain.id, "project_domain_id": domain.id}}


def _clouds(settings: Settings, folder: Path) -> dict[str, str]:
    owner, partner = cloud(settings, "IMS_"), cloud(settings, "IMS2_")
    names = {"owner": owner, "partner": partner, "devstack": owner, "devstack-admin": owner, "devstack-alt": partner}
    path = folder / "clouds.yaml"
    path.write_text(json.dumps({"clouds": names | {"devstack-system-admin": owner}}))  # JSON is YAML
    return {"OS_CLIENT_CONFIG_FILE": str(path)}


def _openstacksdk(settings: Settings, folder: Path) -> dict[str, str]:
    return _clouds(settings, folder) | {"OS_CLOUD": "devstack-admin", "OS_TEST_TIMEOUT": "60", "OS_LOG_CAPTURE": "true"}


def _glanceclient(settings: Settings, folder: Path) -> dict[str, str]:
    path = folder / "clouds.yaml"
    path.write_text(json.dumps({"clouds": {"devstack-admin": _by_id(cloud(settings, "IMS_"))}}))
    return {"OS_CLIENT_CONFIG_FILE": str(path), "OS_CLOUD": "devstack-admin", "OS_TEST_TIMEOUT": "60"}


def _commands(settings: Settings, folder: Path) -> dict[str, str]:
    signing_in = {}
    for name, prefix in (("owner", "IMS_"), ("partner", "IMS2_")):
        entry = cloud(settings, prefix)
        words = entry["auth"] | {"region_name": entry["region_name"], "identity_api_version": "3"}
        signing_in[name] = {f"OS_{word.upper()}": value for word, value in words.items()}
    return _clouds(settings, folder) | {"GLANCE_SIGN_IN": json.dumps(signing_in)}


_TEMPEST = """
[DEFAULT]
log_file = {folder}/tempest.log
[oslo_concurrency]
lock_path = {folder}/locks
[auth]
use_dynamic_credentials = false
test_accounts_file = {folder}/accounts.yaml
create_isolated_networks = false
[identity]
auth_version = v3
uri_v3 = {iam}/v3
region = {region}
[identity-feature-enabled]
api_v3 = true
[image]
region = {region}
catalog_type = image
disk_formats = qcow2,raw,vhd,zvhd2,iso
container_formats = bare
build_timeout = 60
build_interval = 1
[service_available]
image = true
glance = true
cinder = false
neutron = false
nova = false
swift = false
"""


def _accounts(user: cast.User) -> Iterator[dict[str, Any]]:
    """A member and a reader of one project, as tempest wants them: one person, by name and by id. Their project is the
    second of the tenant, in which nobody has shared anything."""
    project, domain = cast.projects_of(user.domain_id)[1], cast.domain_by_id(user.domain_id)
    assert domain is not None
    where = {"password": user.password, "project_name": project.name, "project_domain_name": domain.name}
    yield {"username": user.name, "user_domain_name": domain.name, "roles": ["member"], **where}
    yield {"user_id": user.id, "roles": ["reader"], **where}


def _tempest(settings: Settings, folder: Path) -> dict[str, str]:
    (folder / "locks").mkdir()
    accounts = [account for user in cast.USERS for account in _accounts(user)]
    (folder / "accounts.yaml").write_text(json.dumps(accounts))
    configuration = _TEMPEST.format(folder=folder, iam=settings["IAM_ENDPOINT"], region=settings["IMS_REGION"])
    (folder / "tempest.conf").write_text(configuration)
    return {"TEMPEST_CONFIG_DIR": str(folder), "TEMPEST_CONFIG": "tempest.conf"}


def _vendor(settings: Settings, _folder: Path) -> dict[str, str]:
    return dict(settings)


SUITES = (
    Suite("tempest", "run_unittests.py", ("tempest.api.image",), _tempest),
    Suite(
        "openstacksdk",
        "run_unittests.py",
        ("openstack.tests.functional.image", "openstack.tests.functional.cloud.test_image"),
        _openstacksdk,
    ),
    Suite("glanceclient", "run_unittests.py", ("glanceclient.tests.functional.v2",), _glanceclient),
    Suite("commands", "run_commands.py", (), _commands),
    Suite("vendor", "run_unittests.py", ("vendor",), _vendor),
)
