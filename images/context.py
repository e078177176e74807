"""What every page needs to know."""

from django.http import HttpRequest

from console.version import VERSION


def console(request: HttpRequest) -> dict[str, object]:
    return {"version": VERSION, "request_id": getattr(request, "request_id", "")}
