"""A small Keystone v3 and Glance v2 of one address, after the API reference of Identity v3 and what a Keystone of 2025
answers: scopes by ID and by name, domains, application credentials, federation. What it was asked is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ims.server import Asked, Reply, ScriptedServer

_REFUSED = "The request you have made requires authentication."
Fields = dict[str, Any]


class Keystone:
    """`projects` as GET /v3/auth/projects lists them; `domains`: names by ID; `regions` and `interfaces` those of the
    catalogue (a region "" has none); `refusal`: what a 401 says; `replies`: answers by "METHOD /path"."""

    def __init__(self, **wanted: Any) -> None:
        self.projects: list[Fields] = wanted.pop("projects", [{"id": "a" * 32, "name": "demo", "domain_id": "default"}])
        self.domains: dict[str, str] = wanted.pop("domains", {"default": "Default"})
        self.regions: list[str] = wanted.pop("regions", ["RegionOne"])
        self.interfaces: list[str] = wanted.pop("interfaces", ["public"])
        self.refusal: str = wanted.pop("refusal", "")
        self.replies: dict[str, Reply] = wanted.pop("replies", {})
        assert not wanted, wanted
        self.server = ScriptedServer(answer=self.answer)
        self.tokens: dict[str, Fields | None] = {}

    def __enter__(self) -> "Keystone":
        self.server.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        self.server.__exit__(*failure)

    @property
    def url(self) -> str:
        return self.server.url

    def sign_ins(self) -> list[Any]:
        return [asked.json for asked in self.server.asked if asked.path == "/v3/auth/tokens" and asked.method == "POST"]

    # ----------------------------------------------------------------------------------------------------------------
    def answer(self, asked: Asked) -> Reply:
        if reply := self.replies.get(f"{asked.method} {asked.path}"):
            return reply
        if asked.path.rstrip("/") == "/v3":
            links = [{"rel": "self", "href": f"{self.url}/v3/"}]
            return Reply(200, {"version": {"id": "v3.14", "status": "stable", "links": links}})
        if asked.path == "/v3/auth/tokens" and asked.method == "POST":
            return self._sign_in(asked.json["auth"])
        if asked.path == "/oidc/token":
            return Reply(200, {"access_token": "oidc-token", "token_type": "Bearer"})
        return self._with_token(asked)

    def _with_token(self, asked: Asked) -> Reply:
        if asked.path.startswith("/v3/OS-FEDERATION/") and asked.headers.get("Authorization") == "Bearer oidc-token":
            return self._token(["mapped"], None)
        token = asked.headers.get("X-Auth-Token", "")
        if token not in self.tokens:
            return self._refuse(401, _REFUSED)
        return self._signed_in(asked, self.tokens[token])

    def _signed_in(self, asked: Asked, project: Fields | None) -> Reply:
        match asked.path:
            case "/v3/projects":
                return self._refuse(403, "You are not authorized: identity:list_projects.")
            case "/v3/auth/projects":
                return Reply(200, {"projects": self.projects, "links": {}})
            case "/v2/images" if project is not None:
                return Reply(200, {"images": [], "schema": "/v2/schemas/images", "first": "/v2/images"})
        return Reply(404, b"<html><head><title>404 Not Found</title></head></html>")

    def _refuse(self, status: int, words: str) -> Reply:
        return Reply(status, {"error": {"code": status, "message": words, "title": "Unauthorized"}})

    def _sign_in(self, auth: Fields) -> Reply:
        if self.refusal:
            return self._refuse(401, self.refusal)
        method = auth["identity"]["methods"][0]
        if method == "application_credential":
            return self._token([method], self.projects[0])
        scope = auth.get("scope") or {}
        if "project" not in scope:
            return self._token([method], None)
        meant = scope["project"]
        found = [one for one in self.projects if self._is_meant(one, meant)]
        return self._token([method], found[0]) if found else self._refuse(401, _REFUSED)

    def _is_meant(self, project: Fields, meant: Fields) -> bool:
        if "id" in meant:
            return bool(project["id"] == meant["id"])
        domain, own = meant["domain"], project["domain_id"]
        return project["name"] == meant["name"] and (domain.get("id") == own or domain.get("name") == self.domains[own])

    def _token(self, methods: list[str], project: Fields | None) -> Reply:
        value = f"token-{len(self.tokens)}"
        self.tokens[value] = project
        now = datetime.now(UTC)
        user = {"id": "u1", "name": "u", "domain": {"id": "default", "name": "Default"}}
        body: Fields = {
            "methods": methods, "user": user,
            "issued_at": now.isoformat(), "expires_at": (now + timedelta(hours=1)).isoformat(),
        }  # fmt: skip
        if project is not None:
            domain = {"id": project["domain_id"], "name": self.domains[project["domain_id"]]}
            body |= {"project": {"id": project["id"], "name": project["name"], "domain": domain}}
            body |= {"catalog": self.catalog()}
        return Reply(201, {"token": body}, {"X-Subject-Token": value})

    def catalog(self) -> list[Fields]:
        endpoints = [
            {"id": "e", "interface": interface, "url": f"{self.url}/v2"}
            | ({"region": region, "region_id": region} if region else {"region": None, "region_id": None})
            for region in self.regions
            for interface in self.interfaces
        ]
        return [{"type": "image", "name": "glance", "id": "i", "endpoints": endpoints}]
