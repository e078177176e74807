"""Who is calling: from a token or a signature to a user, a tenant and a project (3.1, 3.2)."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from images.sandbox import cast, signature
from images.sandbox.errors import RefusedError, unauthorised
from images.sandbox.wire import Request
from images.sandbox.world import World

TOKEN_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, acting in a project; ``project`` is ``None`` for tokens without project scope."""

    user: cast.User
    project: cast.Project | None
    # What the token was scoped to: "project", "domain", or "" for unscoped.
    scope: str


class Access:
    """Tokens and signatures. Tokens outlive restarts; only their digests are kept."""

    def __init__(self, world: World) -> None:
        self._world = world
        with world.lock:
            self._tokens = world.store.tokens()

    def issue(self, user: cast.User, project: cast.Project | None, scope: str) -> tuple[str, dict[str, Any]]:
        """A new token and its facts: user, project, scope, ``issued`` and ``expires`` in epoch seconds."""
        token = f"MIIP{secrets.token_urlsafe(60)}"
        now = self._world.now()
        facts = {
            "user": user.id,
            "project": project.id if project else "",
            "scope": scope,
            "issued": now,
            "expires": now + TOKEN_SECONDS,
        }
        with self._world.lock:
            self._world.store.put_token(_digest(token), facts)
            self._tokens[_digest(token)] = facts
        return token, facts

    def facts(self, token: str) -> dict[str, Any]:
        """The facts of a token that is still good.

        :raises RefusedError: 401, it is unknown, revoked, or its 24 hours are over.
        """
        facts = self._tokens.get(_digest(token))
        if facts is None or facts["expires"] <= self._world.now():
            raise unauthorised()
        return facts

    def revoke_all(self) -> int:
        """End every token, as an IAM would that lost its memory; how many there were."""
        with self._world.lock, self._world.store.transaction():
            for digest in self._tokens:
                self._world.store.delete_token(digest)
            count = len(self._tokens)
            self._tokens.clear()
        return count

    def revoke(self, token: str) -> None:
        """End one token."""
        with self._world.lock:
            self._world.store.delete_token(_digest(token))
            self._tokens.pop(_digest(token), None)

    def expire_in(self, seconds: float) -> None:
        """Let every token end so many seconds from now."""
        expires = self._world.now() + seconds
        with self._world.lock, self._world.store.transaction():
            for digest, facts in self._tokens.items():
                facts["expires"] = expires
                self._world.store.put_token(digest, facts)

    def identify(self, request: Request) -> Caller:
        """The caller of an IAM operation: any good token, or a signature.

        :raises RefusedError: 401.
        """
        if signature.is_signed(request):
            user = signature.verify(request, self._world.now())
            project = self._project_header(request, user)
            return Caller(user, project, "project" if project else "")
        token = request.headers.get("x-auth-token", "")
        facts = self.facts(token)
        return Caller(user_of(facts), cast.project_by_id(facts["project"]), facts["scope"])

    def authorise(self, request: Request, path_project: str = "") -> tuple[Caller, cast.Project]:
        """The caller of an IMS operation and the project it acts in.

        :raises RefusedError: 401 without a good credential, IMG.0030 when the project of the path or of X-Project-Id is
            not that of the credential, IMG.0104 when a signature leaves open which of several projects is meant.
        """
        caller = self.identify(request)
        project = caller.project
        if project is None and signature.is_signed(request):
            project = _project_of_path(caller.user, path_project)
        if project is None:
            # A token without project scope says nothing about images (3.2).
            raise RefusedError("IMG.0030")
        named = request.headers.get("x-project-id", project.id)
        if named != project.id or (path_project and path_project != project.id):
            raise RefusedError("IMG.0030")
        return caller, project

    def _project_header(self, request: Request, user: cast.User) -> cast.Project | None:
        named = request.headers.get("x-project-id")
        if not named:
            return None
        project = cast.project_by_id(named)
        if project is None or project.domain_id != user.domain_id:
            raise RefusedError("IMG.0030")
        return project


def user_of(facts: dict[str, Any]) -> cast.User:
    """The user of a token."""
    return next(user for user in cast.USERS if user.id == facts["user"])


def _project_of_path(user: cast.User, path_project: str) -> cast.Project:
    if path_project:
        project = cast.project_by_id(path_project)
        if project is None or project.domain_id != user.domain_id:
            raise RefusedError("IMG.0030")
        return project
    projects = cast.projects_of(user.domain_id)
    if len(projects) != 1:
        raise RefusedError("IMG.0104")
    return projects[0]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
