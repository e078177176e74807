"""Secrets at rest: readable with any configured key, written with the newest, named when no key fits."""

import logging

import pytest
from django.core.management import CommandError, call_command

from images.clouds.models import Account
from images.clouds.services import credentials
from images.clouds.services.credentials import rotate
from images.clouds.services.discovery import ConnectionRefused, discover
from images.core.encryption import SecretUnreadable, decrypt, encrypt
from tests import factories
from tests.clouds.connections import by_key, by_password

SECRET = "pä55 wörd\n"


def test_what_is_stored_is_not_the_secret_and_never_twice_the_same(settings):
    settings.CREDENTIAL_KEYS = ["one"]
    stored = encrypt(SECRET)
    assert SECRET.strip() not in stored
    assert stored != encrypt(SECRET)
    assert decrypt(stored) == SECRET


def test_any_key_reads_and_the_newest_writes(settings):
    settings.CREDENTIAL_KEYS = ["old"]
    stored = encrypt(SECRET)
    settings.CREDENTIAL_KEYS = ["new", "old"]
    assert decrypt(stored) == SECRET
    fresh = encrypt(SECRET)
    settings.CREDENTIAL_KEYS = ["new"]
    assert decrypt(fresh) == SECRET
    with pytest.raises(SecretUnreadable, match="CREDENTIAL_KEYS"):
        decrypt(stored)


@pytest.mark.parametrize("stored", ["", "-", "gAAAAA", "ü" * 50])
def test_rubbish_has_a_name(stored):
    with pytest.raises(SecretUnreadable):
        decrypt(stored)


def test_rotation_takes_all_that_can_be_read(db, settings):
    settings.CREDENTIAL_KEYS = ["old"]
    Account.objects.create(name="a", auth_url="https://a", username="u", secret=encrypt("one"))
    Account.objects.create(name="b", auth_url="https://b", username="u", secret=encrypt("two"))
    factories.account("lost")  # its secret was never encrypted
    settings.CREDENTIAL_KEYS = ["new", "old"]
    assert rotate() == credentials.Rotation(2, ["lost"])
    settings.CREDENTIAL_KEYS = ["new"]
    assert [decrypt(a.secret) for a in Account.objects.exclude(name="lost")] == ["one", "two"]


def test_the_command_names_what_it_could_not_read(db, settings, capsys):
    Account.objects.create(name="a", auth_url="https://a", username="u", secret=encrypt("one"))
    call_command("rotate_credentials")
    assert "1 secrets encrypted" in capsys.readouterr().out
    factories.account("lost")
    with pytest.raises(CommandError, match="lost"):
        call_command("rotate_credentials")


def test_secrets_are_in_no_repr_and_no_log(cloud, caplog):
    caplog.set_level(logging.DEBUG)
    for connection in (by_password(cloud), by_key(cloud)):
        discover(connection)
        assert connection.secret not in repr(connection)
        assert connection.secret not in caplog.text


def test_secrets_are_in_no_error(cloud, caplog):
    caplog.set_level(logging.DEBUG)
    connection = by_password(cloud, secret="wrong-but-secret")
    with pytest.raises(ConnectionRefused) as caught:
        discover(connection)
    assert connection.secret not in f"{caught.value} {caught.value.__cause__.__dict__} {caplog.text}"
