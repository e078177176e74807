"""One call of an operation: who, where, with what."""

from dataclasses import dataclass, field

from images.sandbox import cast
from images.sandbox.access import Access, Caller
from images.sandbox.jobs import Jobs
from images.sandbox.wire import Request
from images.sandbox.world import World


@dataclass(slots=True)
class Call:
    """What an operation gets: the request, the variables of its path, the caller and the state.

    ``caller`` and ``project`` are set for IMS operations; IAM operations find the caller themselves.
    """

    request: Request
    world: World
    access: Access
    jobs: Jobs
    path: dict[str, str] = field(default_factory=dict)
    _caller: Caller | None = None
    _project: cast.Project | None = None

    def authorise(self) -> None:
        """Find out who calls, and in which project.

        :raises RefusedError: as :meth:`Access.authorise`.
        """
        self._caller, self._project = self.access.authorise(self.request, self.path.get("project_id", ""))

    @property
    def caller(self) -> Caller:
        """Who calls."""
        assert self._caller is not None, "an IAM operation has no caller yet"  # noqa: S101
        return self._caller

    @property
    def project(self) -> cast.Project:
        """The project that the call acts in."""
        assert self._project is not None, "an IAM operation acts in no project"  # noqa: S101
        return self._project
