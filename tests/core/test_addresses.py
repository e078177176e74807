"""Where the console may be sent, and in which words it refuses."""

import pytest

from images.core.addresses import AddressRefused, check_address, cloud_of


@pytest.mark.parametrize(
    "address",
    [
        "https://iam.example.com/v3",
        "https://10.0.0.5:5000/v3",  # clouds on premises live on private addresses
        "https://[fd00::5]:5000/v3",
        "http://127.0.0.1:9696",
        "http://localhost:9696/v3",
        "http://[::1]:9696",
    ],
)
def test_taken(address):
    assert check_address(f" {address}/ ") == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://10.0.0.5:5000/v3", "in the clear"),
        ("http://iam.example.com", "PLAIN_HTTP_HOSTS"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("https://169.254.169.254/v3", "never calls"),
        ("http://169.254.169.254/v3", "never calls"),
        ("https://[fe80::1]/v3", "never calls"),
        ("https://[::ffff:169.254.169.254]/v3", "never calls"),
        ("https://224.0.0.1/v3", "never calls"),
        ("https://0.0.0.0/v3", "never calls"),
        ("https://100.100.100.200/", "never calls"),
        ("ftp://iam.example.com", "not an address"),
        ("iam.example.com", "not an address"),
        ("https://", "not an address"),
        ("https://host:port", "not an address"),
        ("https://[bad", "not an address"),
        ("https://user:secret@iam.example.com", "must not hold"),
        ("https://iam.example.com/?x=1", "must not hold"),
        ("https://iam.example.com/a b", "must not hold"),
        ("", "not an address"),
    ],
)
def test_refused(address, words):
    with pytest.raises(AddressRefused, match=words):
        check_address(address)


def test_hosts_without_tls_are_a_setting(settings):
    settings.PLAIN_HTTP_HOSTS = ["keystone.lan"]
    assert check_address("http://Keystone.lan:5000") == "http://Keystone.lan:5000"
    settings.PLAIN_HTTP_HOSTS = ["*"]
    assert check_address("http://10.0.0.5") == "http://10.0.0.5"
    with pytest.raises(AddressRefused, match="never calls"):
        check_address("http://169.254.169.254")


def test_a_cloud_is_its_endpoint_without_version():
    assert cloud_of("https://iam.example.com/v3/") == cloud_of("https://iam.example.com") == "https://iam.example.com"
