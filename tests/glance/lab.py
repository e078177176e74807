"""Keystone and Glance together, with two projects, a user in each, and a quota."""

from pathlib import Path
from typing import Any

import requests

from tests.glance.glance import Glance
from tests.glance.keystone import PASSWORD, Keystone

#: project → its user. All have PASSWORD; the domain is Default, the region RegionOne. `admin` is there from the start.
USERS = {"team-a": "alice", "team-b": "bob", "admin": "admin"}
#: What each project may have: images, and MB in all of them.
LIMITS = {"image_count_total": 100, "image_size_total": 2000, "image_count_uploading": 100, "image_stage_total": 2000}


class Lab:
    """A small cloud. Also a context manager: running on entry, stopped on exit."""

    def __init__(self, venv: Path, folder: Path) -> None:
        self.keystone = Keystone(venv, _made(folder / "keystone"))
        self.glance = Glance(venv, _made(folder / "glance"))
        self.projects: dict[str, str] = {}

    def __enter__(self) -> "Lab":
        try:
            self.keystone.prepare()
            self.keystone.start()
            endpoint = self._furnish(_Administrator(self.keystone.url))
            self.glance.prepare(self.keystone, endpoint)
            self.glance.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop both services."""
        self.glance.stop()
        self.keystone.stop()

    def _furnish(self, admin: "_Administrator") -> str:
        """Projects, users, roles, the entry of Glance in the catalogue, limits; returns the id of its endpoint."""
        service_project = admin.make("project", name="service", domain_id="default")
        glance = admin.make("user", name="glance", password=PASSWORD, domain_id="default")
        admin.give(glance, "admin", f"/projects/{service_project}")
        admin.give(glance, "reader", "/system")
        self.projects["admin"] = admin.find("project", "admin")
        for name in ("team-a", "team-b"):
            project = admin.make("project", name=name, domain_id="default")
            user = admin.make("user", name=USERS[name], password=PASSWORD, domain_id="default")
            admin.give(user, "member", f"/projects/{project}")
            self.projects[name] = project
        service = admin.make("service", name="glance", type="image")
        place = {"service_id": service, "region_id": "RegionOne", "url": self.glance.base_url}
        endpoints = {kind: admin.make("endpoint", interface=kind, **place) for kind in ("public", "internal")}
        limits = [
            {"service_id": service, "region_id": "RegionOne", "resource_name": name, "default_limit": limit}
            for name, limit in LIMITS.items()
        ]
        admin.call("POST", "/registered_limits", {"registered_limits": limits})
        return endpoints["public"]


class _Administrator:
    """Calls Keystone as `admin`."""

    def __init__(self, url: str) -> None:
        self._url = url
        user = {"name": "admin", "password": PASSWORD, "domain": {"id": "default"}}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = {"auth": {"identity": identity, "scope": {"system": {"all": True}}}}
        answer = requests.post(f"{url}/auth/tokens", json=body, timeout=60)
        answer.raise_for_status()
        self._headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
        self._roles = {role["name"]: role["id"] for role in self.call("GET", "/roles")["roles"]}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, self._url + path, json=body, headers=self._headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def make(self, noun: str, **attributes: Any) -> str:
        """Make one thing; returns its id."""
        return str(self.call("POST", f"/{noun}s", {noun: attributes})[noun]["id"])

    def find(self, noun: str, name: str) -> str:
        """The id of the one thing of this name."""
        (found,) = self.call("GET", f"/{noun}s?name={name}")[f"{noun}s"]
        return str(found["id"])

    def give(self, user: str, role: str, where: str) -> None:
        """Give a user a role, in a project or in the whole system."""
        self.call("PUT", f"{where}/users/{user}/roles/{self._roles[role]}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
