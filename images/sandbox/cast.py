"""Who is there: tenants, projects, users, keys. Fixed, so that settings and examples can name them.

The ids of the example requests are used where they fit: the demo project owns the images and tag paths of chapter 5,
the job of 5.6.1 lies in its build project, the recipients of 5.3 are the projects of the foreign tenant.
"""

from dataclasses import dataclass

REGIONS = ("eu-west-0", "eu-west-1")

# Owner of the public images, as printed in the answers of 5.1.1 and 6.1.1.
SERVICE_PROJECT = "1bed856811654c1cb661a6ca845ebc77"


@dataclass(frozen=True, slots=True)
class Project:
    """A project (section 9.4). ``region`` follows from the name, as in the vendor's cloud: region or region_suffix."""

    id: str
    name: str
    domain_id: str
    description: str = ""

    @property
    def region(self) -> str:
        return self.name.partition("_")[0]


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user with its password and its permanent access key."""

    id: str
    name: str
    password: str
    access_key: str
    secret_key: str
    domain_id: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A tenant: the account that the IAM users and the projects belong to."""

    id: str
    name: str


DEMO = Domain("4f8b1e0c2d7a46b39c5e8d1f60a7b294", "northwind")
FOREIGN = Domain("a0d3c57e91b84f6282e4d6b7c8f01935", "contoso")

PROJECTS = (
    Project("fd73a4a14a4a4dfb9771a8475e5198ea", "eu-west-0", DEMO.id, "Production"),
    Project("ac234de25c6741d2b1273da49eea1b9e", "eu-west-0_build", DEMO.id, "Golden images and pipelines"),
    Project("0b1e494e2660441a957313163095fe5c", "eu-west-1", DEMO.id, "Production, second site"),
    Project("b912fb4a4c464b568ecfca1071b21b10", "eu-west-1_security", DEMO.id, "Hardened images"),
    Project("edc89b490d7d4392898e19b2deb34797", "eu-west-0", FOREIGN.id, "Partner"),
    Project("9c61004714024f9586705d090530f9fa", "eu-west-0_lab", FOREIGN.id, "Partner, laboratory"),
    Project("089b2f9a3d80d3062f24c00ca4ed5cbd", "eu-west-1", FOREIGN.id, "Partner, second site"),
)

# The secrets of a demonstration are no secrets: they are printed by --print-env and stand in the documentation.
USERS = (
    User(
        id="3c1f0a9d84e74b5e9a62d0c7b8e5f413",
        name="image-admin",
        password="sandbox-demo-Pa55",  # noqa: S106
        access_key="SBXDEMO7Q2M4K9T1V6XA",
        secret_key="vN3r8Yk2Lq7Wd5Zp1Xc9Bm4Tg6Hs0Jf8Ru3Ea7Qi",  # noqa: S106
        domain_id=DEMO.id,
    ),
    User(
        id="7d92e6b1c0f84a35b8d4e1f2a3c69075",
        name="partner-admin",
        password="sandbox-partner-Pa55",  # noqa: S106
        access_key="SBXPART5J8H3N6R2C7DB",
        secret_key="kP6t1Ow9Sz4Vb8Mx2Ny7Cd3Lf5Gh0Aj6Qe1Ui4Yr",  # noqa: S106
        domain_id=FOREIGN.id,
    ),
)

DOMAINS = (DEMO, FOREIGN)
DEMO_PROJECTS = tuple(project for project in PROJECTS if project.domain_id == DEMO.id)
FOREIGN_PROJECTS = tuple(project for project in PROJECTS if project.domain_id == FOREIGN.id)

_PROJECT_BY_ID = {project.id: project for project in PROJECTS}
_DOMAIN_BY_ID = {domain.id: domain for domain in DOMAINS}


def project_by_id(project_id: str) -> Project | None:
    """The project with this id, of any tenant."""
    return _PROJECT_BY_ID.get(project_id)


def projects_of(domain_id: str) -> list[Project]:
    """The projects of a tenant, in a fixed order."""
    return [project for project in PROJECTS if project.domain_id == domain_id]


def project_by_name(name: str, domain_id: str) -> Project | None:
    """The project of that name in a tenant; names repeat between tenants, not within one."""
    return next((project for project in projects_of(domain_id) if project.name == name), None)


def domain_by_id(domain_id: str) -> Domain | None:
    """The tenant with this id."""
    return _DOMAIN_BY_ID.get(domain_id)


def user_by_access_key(access_key: str) -> User | None:
    """The user that a permanent access key belongs to."""
    return next((user for user in USERS if user.access_key == access_key), None)


def environment(base_url: str) -> dict[str, str]:
    """The settings that a client needs, for the demo tenant and, with prefix ``IMS2_``, for the foreign one."""
    settings: dict[str, str] = {}
    for prefix, domain in (("", DEMO), ("2", FOREIGN)):
        user = next(user for user in USERS if user.domain_id == domain.id)
        project = projects_of(domain.id)[0]
        ims = f"IMS{prefix}_"
        settings |= {
            f"{ims}ENDPOINT": base_url,
            # The name of the demo variable has no IMS in it; the second tenant's gets the common prefix in front.
            ("IAM_ENDPOINT" if not prefix else "IMS2_IAM_ENDPOINT"): base_url,
            f"{ims}REGION": project.region,
            f"{ims}PROJECT_ID": project.id,
            f"{ims}PROJECT_NAME": project.name,
            f"{ims}USER": user.name,
            f"{ims}PASSWORD": user.password,
            f"{ims}DOMAIN": domain.name,
            f"{ims}AK": user.access_key,
            f"{ims}SK": user.secret_key,
        }
    return settings
