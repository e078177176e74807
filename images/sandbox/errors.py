"""Refusals: one exception with status and IMG code, written in the nested form of Appendix B.

Section 3.3 prints a flat form of the same body; the sandbox emits the nested one. Codes come with 400 (and IMG.0026
with 403); 401, 404 and 5xx carry the nearest code, which the reference leaves open.
"""

import json

from images.sandbox.codes import MESSAGES

UNKNOWN_ERROR = "IMG.0061"


class RefusedError(Exception):
    """A request that IMS answers with an error.

    ``status`` is the HTTP status, ``code`` the IMG code, ``headers`` extra response headers such as Retry-After.
    """

    def __init__(
        self, code: str, status: int = 400, detail: str = "", headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.code = code
        self.status = status
        self.headers = headers
        self.message = MESSAGES.get(code, "Unknown system error.")
        if detail:
            self.message = f"{self.message} {detail}"
        super().__init__(self.message)

    def body(self) -> bytes:
        """The error body of Appendix B."""
        return json.dumps({"error": {"message": self.message, "code": self.code}}, ensure_ascii=False).encode()


class IdentityRefusedError(RefusedError):
    """An error of IAM, in Keystone's form (IAM is no part of the IMS reference)."""

    def __init__(self, status: int, title: str, message: str) -> None:
        super().__init__(UNKNOWN_ERROR, status)
        self.title = title
        self.message = message

    def body(self) -> bytes:
        return json.dumps({"error": {"code": self.status, "title": self.title, "message": self.message}}).encode()


def malformed(detail: str = "") -> RefusedError:
    """The request cannot be read as the operation wants it (no code of its own in the reference)."""
    return RefusedError("IMG.0001", 400, detail)


def no_image() -> RefusedError:
    """The image of the path does not exist, or not for this project: the two look the same from outside."""
    return RefusedError("IMG.0144", 404)


def not_found(detail: str = "") -> RefusedError:
    """Something other than an image does not exist: a job, a member, a tag, an address."""
    return RefusedError("IMG.0121", 404, detail)


def unauthorised() -> RefusedError:
    """No token, a wrong one, or one that has ended (the reference lists IMG.0087 with 400; the sandbox says 401)."""
    return RefusedError("IMG.0087", 401)
