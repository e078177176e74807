"""The page at ``/_sandbox/``: what is there, for people who want to try an operation by hand."""

from collections.abc import Iterable
from html import escape
from typing import Any

from images.sandbox import cast
from images.sandbox.jobs import Jobs
from images.sandbox.routes import ROUTES
from images.sandbox.world import World

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .25rem .75rem .25rem 0;
border-bottom: 1px solid #dfe4ea; vertical-align: top; } code { font-size: .9em; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { background: #14181f; color: #dde3ea; }
td, th { border-color: #303844; } }
"""

_KINDS = (
    ("server", "Cloud servers", ("name", "status", "task", "disk", "storage", "os_version")),
    ("volume", "Disks", ("name", "status", "size", "storage", "server_id")),
    ("backup", "CSBS backups", ("name", "status", "shared_disk", "image_id")),
    ("bucket", "OBS buckets", ("storage_class", "region")),
    ("object", "OBS objects", ("size", "broken")),
    ("key", "KMS keys", ("name", "enabled")),
)


def render(world: World, jobs: Jobs, calls: dict[str, int]) -> bytes:
    """The page as HTML. Callers hold the lock of the world."""
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>Sandbox</title><style>{_STYLE}</style></head><body><main><h1>Sandbox</h1>",
        f"<p>An IMS with its IAM, seed {world.seed}, {world.images} images of the demo tenant; time of jobs × ",
        f"{world.speed:g}. Each project has the things below under ids and bucket names of its own.</p>",
        _table("Projects", ("Tenant", "Project", "Id", "Images", "Quota in the region"), _projects(world)),
        _table("Sign-ins", ("Tenant", "User", "Password", "Access key"), _users()),
    ]
    for kind, title, fields in _KINDS:
        parts.append(_table(title, ("Id", "Project", *fields), _things(world, kind, fields)))
    recent = sorted(jobs.all(), key=lambda facts: facts["begin"], reverse=True)[:50]
    parts.append(_table("Latest jobs", ("Id", "Type", "Status"), _jobs(jobs, recent)))
    parts.append(_table("Operations", ("Section", "Method", "Path", "Calls"), _operations(calls)))
    return ("".join(parts) + "</main></body></html>").encode()


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return "" if value in (None, "") else f"<code>{escape(str(value))}</code>"


def _projects(world: World) -> Iterable[Iterable[Any]]:
    for project in cast.PROJECTS:
        domain = cast.domain_by_id(project.domain_id)
        used, allowed = world.quota(project)
        own = len(world.library.shelf(project.id))
        yield domain.name if domain else "", project.name, project.id, own, f"{used} of {allowed}"


def _users() -> Iterable[Iterable[Any]]:
    for user in cast.USERS:
        domain = cast.domain_by_id(user.domain_id)
        yield domain.name if domain else "", user.name, user.password, user.access_key


def _things(world: World, kind: str, fields: tuple[str, ...]) -> Iterable[Iterable[Any]]:
    """The things of the first project; keys of both tenants."""
    for thing_id, facts in world.store.things(kind).items():
        if kind == "key" or facts["project_id"] == cast.DEMO_PROJECTS[0].id:
            project = cast.project_by_id(facts["project_id"])
            yield thing_id, project.name if project else "", *(facts.get(name, "") for name in fields)


def _jobs(jobs: Jobs, recent: Iterable[dict[str, Any]]) -> Iterable[Iterable[Any]]:
    for facts in recent:
        yield facts["job_id"], facts["job_type"], jobs.document(facts["job_id"], facts["project_id"])["status"]


def _operations(calls: dict[str, int]) -> Iterable[Iterable[Any]]:
    for route in sorted(ROUTES, key=lambda route: route.section):
        yield route.section, route.method, route.path, calls.get(route.section, 0)
