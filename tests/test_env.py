"""Keys from the environment, and those made from the key of the site."""

from console.env import credential_keys


def test_a_first_key_of_its_own_still_opens_what_was_encrypted_before(monkeypatch):
    before = credential_keys(["site-key"])
    monkeypatch.setenv("CREDENTIAL_KEYS", "fresh, older")
    assert credential_keys(["site-key"]) == ["fresh", "older", *before]


def test_a_changed_site_key_opens_what_the_earlier_one_encrypted():
    [earlier] = credential_keys(["old"])
    assert credential_keys(["new", "old"])[1] == earlier
