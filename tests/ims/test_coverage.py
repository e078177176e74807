"""Every operation of the reference has a method that names its section."""

import inspect
import re

from images.ims import Identity, IMSClient, PasswordAuth, capabilities_of
from images.ims.capabilities import DOWNLOAD

SECTION = re.compile(r"\b(\d\.\d(?:\.\d)?)\b")


def sections_named_by(*owners: type) -> set[str]:
    methods = [method for owner in owners for _, method in inspect.getmembers(owner, inspect.isfunction)]
    public = [method for method in methods if not method.__name__.startswith("_")]
    return {section for method in public for section in SECTION.findall(inspect.getdoc(method) or "")}


def test_all_43_operations_and_both_of_iam():
    client = IMSClient("http://127.0.0.1:1", "p", None)
    chapters = [type(value) for name, value in vars(client).items() if hasattr(value, "_service")]
    named = sections_named_by(*chapters)
    assert capabilities_of("ims").operations - {DOWNLOAD} <= named
    assert sections_named_by(Identity) >= {"9.4", "3.1"}
    assert "3.1" in (inspect.getdoc(PasswordAuth) or "")


def test_every_public_method_says_what_it_does():
    client = IMSClient("http://127.0.0.1:1", "p", None)
    for chapter in (value for value in vars(client).values() if hasattr(value, "_service")):
        for name, method in inspect.getmembers(type(chapter), inspect.isfunction):
            assert name.startswith("_") or inspect.getdoc(method), f"{type(chapter).__name__}.{name}"
