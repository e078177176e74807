"""Each name of each printed answer is read by the client: an answer without it gives another result.

The other half of test_names.py: there no name may be read that does not stand in the reference, here none that does
stand there may be passed over, unless it says why. Answers are the printed examples, completed by what their tables
name besides.
"""

import copy
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec

from images.ims import (
    Identity,
    IMSClient,
    IMSError,
    PasswordCredentials,
    QuickDataFile,
    SystemDisk,
    TagQuery,
    WholeServer,
)
from images.ims.image import ALIASES
from images.ims.orders import Metadata
from images.ims.patch import replace
from images.sandbox import cast
from tests.ims.server import Reply, ScriptedServer
from tests.protocol import names
from tests.protocol.examples import Example, examples

PROJECT = cast.DEMO_PROJECTS[0].id
IMAGE = "d164b5df-1bc3-4c3f-893e-3e471fd16e64"

Calls = Mapping[str, Callable[[IMSClient], Any]]

CALLS: Calls = {
    "5.1.1": lambda client: client.images.page(limit=1),
    "5.1.2": lambda client: client.images.update(IMAGE, [replace("name", "x")]),
    "5.1.3": lambda client: client.images.create(SystemDisk(name="x", instance_id="x")),
    "5.1.4": lambda client: client.images.create(QuickDataFile(name="x", image_url="b:f", min_disk=1)),
    "5.1.5": lambda client: client.images.create(WholeServer(name="x", instance_id="x")),
    "5.1.6": lambda client: client.images.register(IMAGE, "b:f"),
    "5.1.7": lambda client: client.images.export(IMAGE, "b:f", file_format="vhd"),
    "5.2.2": lambda client: client.tags.search(),
    "5.2.7": lambda client: client.tags.of_image(IMAGE),
    "5.2.8": lambda client: client.tags.of_project(),
    "5.3.1": lambda client: client.members.remove_many([IMAGE], [PROJECT]),
    "5.3.2": lambda client: client.members.add_many([IMAGE], [PROJECT]),
    "5.3.3": lambda client: client.members.answer_many([IMAGE], "accepted"),
    "5.4.1": lambda client: client.images.copy(IMAGE, "x"),
    "5.5.1": lambda client: client.quotas.list(),
    "5.6.1": lambda client: client.jobs.get("j"),
    "6.1.1": lambda client: client.images.page(native=True, limit=1),
    "6.1.2": lambda client: client.images.get(IMAGE),
    "6.1.3": lambda client: client.images.update(IMAGE, [replace("name", "x")], native=True),
    "6.1.6": lambda client: client.images.create_metadata(Metadata(name="x")),
    "6.1.9": lambda client: client.legacy.list(),
    "6.3.1": lambda client: client.schemas.image(),
    "6.3.2": lambda client: client.schemas.images(),
    "6.3.3": lambda client: client.schemas.member(),
    "6.3.4": lambda client: client.schemas.members(),
    "6.4.1": lambda client: client.members.add(IMAGE, PROJECT),
    "6.4.2": lambda client: client.members.answer(IMAGE, "accepted"),
    "6.4.3": lambda client: client.members.get(IMAGE, PROJECT),
    "6.4.4": lambda client: client.members.list(IMAGE),
    "6.5.1": lambda client: client.versions.list(),
    "6.5.2": lambda client: client.versions.get("v2.0"),
}
#: 5.2.3 answers its two questions differently.
_OF_TAGS: Mapping[bool, Callable[[IMSClient], Any]] = {
    True: lambda client: client.tags.find_images(TagQuery()),
    False: lambda client: client.tags.count_images(TagQuery()),
}

#: What the tables of an answer name and its printed example does not have.
SUB_JOB = {
    "status": "FAIL",
    "job_id": "ff8080814dbd65d7014dbe0d84db0014",
    "job_type": "imsVolumeCreateImageJob",
    "begin_time": "04-Jun-2015 18:11:06:586",
    "end_time": "04-Jun-2015 18:12:06:586",
    "error_code": "IMG.0057",
    "fail_reason": "The file cannot be used.",
    "entities": {"image_id": "e9e91bff-14b6-4a0b-8377-4ed0813e3361", "image_name": "part"},
}
_OF_LISTS = frozenset({"images", "first", "next", "schema", "properties"})
_NUMBERS = ("max_ram", "min_ram", "min_disk", "__image_size", "size", "virtual_size")

_NAMED = "a schema is the one that was asked for"
_HOW = "how addresses are made is said in the reference"
_OURS = "our addresses are those of the reference"
_ITSELF = "the first link is that of the version itself"

#: What is passed over, and why. What lies below is passed over with it.
UNREAD: Mapping[str, Mapping[str, str]] = {
    "5.1.1": {"images.__support_fc_inject": "only in an example; shown as what the service says besides (Image.extra)"},
    "6.1.1": {"schema": "a list is what was asked for", "first": "tells only together with next, on a full page"},
    "6.1.9": {"images.properties": "printed empty; what is in it is read with the attributes beside it (legacy.py)"},
    "6.3.1": {"name": _NAMED, "links": _HOW, "additionalProperties": "every attribute is shown, of whatever type"},
    "6.3.2": {"name": _NAMED, "links": _HOW},
    "6.3.3": {"name": _NAMED},
    "6.3.4": {"name": _NAMED, "links": _HOW},
    "6.4.4": {"schema": "a list is what was asked for"},
    "6.5.1": {"versions.links.rel": _ITSELF},
    "6.5.2": {"versions.links.rel": _ITSELF},
    "9.4": {"links": _OURS, "projects.links": _OURS, "projects.parent_id": "projects are shown by account, as no tree"},
}


def complete(example: Example) -> Any:
    """The printed answer with all that its tables name. Nothing in it is null, empty or false, for of such a name
    nobody could tell whether it is read."""
    document = copy.deepcopy(example.response)
    if example.section == "5.6.1":
        document |= {"error_code": "IMG.0057", "fail_reason": "no reason", "end_time": SUB_JOB["end_time"]}
        document["entities"] |= {"sub_jobs_result": [SUB_JOB], "sub_jobs_list": ["another"]}
    if example.section in names.IMAGES | {"6.1.9"}:
        for image in document.get("images", [document]):
            for name in names.known_in(example.section, "answer") - _OF_LISTS - set(ALIASES):
                _say(image, name)
    return document


def _say(image: dict[str, Any], name: str) -> None:
    if name.endswith("_at"):
        image[name] = "2018-09-06T14:03:27Z"
    elif name in _NUMBERS:
        image[name] = 7
    elif isinstance(image.get(name), list):
        image[name] = ["key=value"]
    elif not image.get(name):
        image[name] = "true"


def places(document: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each name of a document with the way to it; of lists the first element is looked at."""
    if isinstance(document, list):
        yield from places(document[0], at) if document else ()
    elif isinstance(document, dict):
        for name, value in document.items():
            yield (*at, name)
            yield from places(value, (*at, name))


def without(document: Any, place: tuple[str, ...]) -> Any:
    """A copy that lacks one name, in every element of a list on the way."""
    rest = copy.deepcopy(document)
    found = [rest]
    for name in place[:-1]:
        found = [one[name] for one in _objects(found) if name in one]
    for one in _objects(found):
        one.pop(place[-1], None)
    return rest


def _objects(found: list[Any]) -> list[dict[str, Any]]:
    flat = [one for entry in found for one in (entry if isinstance(entry, list) else [entry])]
    return [one for one in flat if isinstance(one, dict)]


#: Where the client keeps what it does not read, and what is another for each request.
_ASIDE = frozenset({"extra", "document", "request_id"})


def shown(value: Any) -> Any:
    """A result without what is only kept."""
    if isinstance(value, msgspec.Struct):
        return {name: shown(getattr(value, name)) for name in value.__struct_fields__ if name not in _ASIDE}
    if is_dataclass(value):
        return {item.name: shown(getattr(value, item.name)) for item in fields(value) if item.name not in _ASIDE}
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    if isinstance(value, Mapping):
        return {name: shown(one) for name, one in value.items()}
    return value


def call_of(example: Example) -> Callable[[IMSClient], Any]:
    if example.section == "5.2.3":
        return _OF_TAGS["resources" in example.response]
    return CALLS[example.section]


def unread(example: Example, server: ScriptedServer) -> list[str]:
    """Places of an answer whose absence changes nothing."""
    client = IMSClient(server.url, PROJECT, None)
    call, document = call_of(example), complete(example)

    def result(body: Any) -> Any:
        server.script(Reply(example.status, body))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                return shown(call(client))
        except IMSError as error:
            return type(error)

    whole = result(document)
    assert not isinstance(whole, type), f"{example.title}: the printed answer is not understood: {whole}"
    assert result(document) == whole, f"{example.title}: the same answer gives another result"
    return _topmost(place for place in places(document) if result(without(document, place)) == whole)


def _topmost(found: Iterable[tuple[str, ...]]) -> list[str]:
    passed_over: list[str] = []
    for place in map(".".join, found):
        if not any(place.startswith(f"{above}.") for above in passed_over):
            passed_over.append(place)
    return passed_over


def test_each_name_of_each_answer_is_read():
    printed = [one for one in examples() if one.response is not None and re.match(r"[56]\.", one.section)]
    assert {one.section for one in printed} == {*CALLS, "5.2.3"}
    found: dict[str, set[str]] = {}
    with ScriptedServer() as server:
        for example in printed:
            found.setdefault(example.section, set()).update(unread(example, server))
    passed_over = {section: places for section, places in found.items() if places}
    assert passed_over == {section: set(places) for section, places in UNREAD.items() if section != "9.4"}


def test_projects():
    (example,) = [one for one in examples() if one.section == "9.4"]
    document = copy.deepcopy(example.response)
    document["projects"][0] |= {"id": "p", "name": "eu-west-0", "domain_id": "d", "description": "words"}
    signed_in = Reply(
        201, {"token": {"expires_at": "2099-02-13T06:52:13.855000Z", "methods": ["password"]}}, {"X-Subject-Token": "t"}
    )

    def result(body: Any) -> Any:
        with ScriptedServer(answer=lambda asked: signed_in if asked.method == "POST" else Reply(200, body)) as server:
            try:
                return shown(Identity(server.url, PasswordCredentials("u", "p", "d")).projects())
            except IMSError as error:
                return type(error)

    switched = {"enabled": False, "is_domain": True}
    whole, passed_over = result(document), []
    assert len(whole) == 1
    for place in places(document):
        other = without(document, place)
        if place[-1] in switched:  # what they are printed as is what is meant when they are missing
            other["projects"][0][place[-1]] = switched[place[-1]]
        if result(other) == whole:
            passed_over.append(place)
    assert set(_topmost(passed_over)) == set(UNREAD["9.4"])
