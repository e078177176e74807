"""Where an address leads, however it is written, and who may be called there."""

import ipaddress

import pytest

from images.core.addresses import AddressRefused
from images.core.addresses import check_address as cloud
from images.ims.addresses import is_blocked, leads_to, read
from images.notices.services.webhooks import reaching

#: The metadata service of most clouds, 169.254.169.254, in every way that some translator or tunnel understands.
METADATA = [
    "169.254.169.254", "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:a9fe:a9fe", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:0:a9:fea9:fe00:0",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1", "2001:0:808:808::5601:5601", "2606:4700::5efe:a9fe:a9fe", "2606:4700::200:5efe:a9fe:a9fe",
    "fe80::5efe:a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "fe80::1%eth0", "64:ff9b::a83f:8110",  # noqa: S104
    "::ffff:6464:64c8",
]  # fmt: skip
#: Fine for a cloud on premises, not for a webhook.
PRIVATE = [
    "10.0.0.1", "192.168.1.1", "172.16.0.1", "127.0.0.1", "::1", "100.64.0.1", "fd12::1", "fec0::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "64:ff9b:1::a00:1", "64:ff9b:1::808:808", "2002:a00:1::1", "2001:db8::1", "198.18.0.1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", METADATA)
def test_nobody_is_called_where_credentials_are_handed_out(address):
    assert is_blocked(address)
    assert reaching.is_refused(address, "hooks.example.com")
    host = f"[{address}]" if ":" in address else address
    for checked in (cloud, reaching.check_url):
        with pytest.raises(AddressRefused):
            checked(f"https://{host}/v3")


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_private_is_for_clouds_and_not_for_webhooks(address, settings):
    host = f"[{address}]" if ":" in address else address
    assert cloud(f"https://{host}/v3")
    assert reaching.is_refused(address, "hooks.example.com")
    with pytest.raises(AddressRefused):
        reaching.check_url(f"https://{host}/")
    settings.WEBHOOK_ALLOWED = ["hooks.example.com"]
    assert not reaching.is_refused(address, "hooks.example.com")


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_called(address):
    host = f"[{address}]" if ":" in address else address
    assert cloud(f"https://{host}/v3")
    assert reaching.check_url(f"https://{host}/")


def test_an_allowed_network_is_allowed_in_each_of_its_spellings(settings):
    settings.WEBHOOK_ALLOWED = ["10.0.0.0/8"]
    for address in ("10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"):
        assert not reaching.is_refused(address, "x.example.com")
    assert reaching.is_refused("192.168.0.1", "x.example.com")
    assert reaching.is_refused("64:ff9b::a9fe:a9fe", "x.example.com")


def test_a_name_is_no_address_and_a_zone_none_of_it():
    assert read("example.com") is None
    assert leads_to(read("[fe80::1%eth0]")) == (ipaddress.ip_address("fe80::1"),)
    assert not is_blocked("metadata.example.com")
