"""What may be fetched for a stranger: one reading of a URL, and public addresses only."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grok2api.kit.addresses import carried, is_public
from grok2api.kit.netguard import (
    LONGEST_URL,
    Forbidden,
    Opening,
    Rules,
    UnfitUrl,
    origin_of,
    read_opening,
    read_redirect,
    read_url,
    spread,
)

PUBLIC = ("1.1.1.1", "8.8.8.8", "93.184.215.14", "104.18.7.9", "172.15.255.255", "172.32.0.1", "100.128.0.1")
PUBLIC_6 = ("2606:4700::6812:709", "2a00:1450:4001:81b::200e", "2400:cb00::1", "2001:4860:4860::8888")


@pytest.mark.parametrize("address", PUBLIC + PUBLIC_6)
def test_global_unicast_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_is_public_that_python_calls_otherwise(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)
    assert carried(address) is None


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_the_clothes_of_ipv6_is_never_public(address: IPv4Address) -> None:
    low = int(address)
    dressed = {
        "compatible": low,
        "mapped": 0xFFFF << 32 | low,
        "NAT64": 0x64FF9B << 96 | low,
        "local NAT64": 0x64FF9B0001 << 80 | low,
        "6to4": 0x2002 << 112 | low << 80,
        "Teredo": 0x20010000 << 96 | (low ^ 0xFFFF_FFFF),
    }
    for name, number in dressed.items():
        assert not is_public(IPv6Address(number)), name
        if number > 1:  # the two that stand for nothing else: any address, and this machine
            assert carried(IPv6Address(number)) == address, name


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_is_public_outside_of_global_unicast(address: IPv6Address) -> None:
    if is_public(address):
        assert int(address) >> 125 == 1
        assert not any((address.is_private, address.is_multicast, address.is_reserved))


def test_an_address_with_a_zone_is_of_this_machine_alone() -> None:
    assert not is_public(IPv6Address("2606:4700::1%eth0"))


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://example.com", "https://example.com", "/"),
        ("HTTPS://Example.COM:443/a?b=c#d", "https://example.com", "/a?b=c"),
        ("http://example.com:8080?x", "http://example.com:8080", "/?x"),
        ("http://93.184.215.14/ä b".replace(" ", ""), "http://93.184.215.14", "/%C3%A4b"),
        ("https://[2606:4700::0001]/", "https://[2606:4700::1]", "/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example", "/"),
        ("https://图片.中国/图.png", "https://xn--wcsw84d.xn--fiqs8s", "/%E5%9B%BE.png"),
        ("https://a_b.example/%2F%zz?u=http://x/", "https://a_b.example", "/%2F%zz?u=http://x/"),
        ('https://example.com/<"{}">', "https://example.com", "/%3C%22%7B%7D%22%3E"),
    ],
)
def test_a_url_has_one_reading(url: str, origin: str, path: str) -> None:
    target = read_url(url)
    assert (target.origin, target.path) == (origin, path)
    assert read_url(f"{target.origin}{target.path}") == target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https:///path",
        "https://?x",
        "https://a@example.com/",
        "https://a:b@example.com/",
        "https://example.com\\@evil.test/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/a\tb",
        "https://example.com/\r\nHost: x",
        "https://example.com/\x00",
        "https://example.com/\u2028",
        "https://example.com/\ud800",
        "https://example.com:/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:443443/",
        "https://example.com:４４３/",
        "https://example.com:80:80/",
        "https://example.com./",
        "https://.example.com/",
        "https://exa..mple.com/",
        "https://-example.com/",
        "https://example-.com/",
        "https://exam%70le.com/",
        "https://127.0.0.1%2f.example.com/",
        "https://" + "a" * 64 + ".com/",
        "https://" + "a." * 127 + "com/",
        "https://straße.example/",
        "https://ｅxample.com/",
        "https://exa\u00admple.com/",
        "https://exa\u200dmple.com/",
        "https://example。com/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.0x1/",
        "https://1.2.3.4.5/",
        "https://1.2.3.256/",
        "https://example.0x/",
        "https://[::1/",
        "https://::1/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[v1.x]/",
        "https://[127.0.0.1]/",
        "https://[::1]x/",
        "https://example.com/" + "a" * LONGEST_URL,
    ],
)
def test_a_url_in_an_unusual_spelling_is_refused(url: str) -> None:
    with pytest.raises(UnfitUrl, match="must "):
        read_url(url)


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,30}(/.{0,20})?", fullmatch=True))
def test_a_reading_is_stable_and_python_reads_the_same_host(url: str) -> None:
    try:
        target = read_url(url)
    except UnfitUrl:
        return
    settled = f"{target.origin}{target.path}"
    assert settled.isascii()
    assert read_url(settled) == target
    parts = urlsplit(settled)
    assert (parts.scheme, parts.hostname, parts.username) == (target.scheme, target.host, None)


@given(st.text(max_size=40))
def test_a_redirect_leads_to_a_url_that_is_read_as_any_other_or_nowhere(location: str) -> None:
    base = read_url("https://example.com/a/b?c")
    try:
        target = read_redirect(base, location)
    except (UnfitUrl, Forbidden):
        return
    assert target.secure
    assert read_url(f"{target.origin}{target.path}") == target


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/x", "https://example.com/x"),
        ("x?y", "https://example.com/a/x?y"),
        ("?y", "https://example.com/a/b?y"),
        ("//other.test/x", "https://other.test/x"),
        ("https://other.test", "https://other.test/"),
        ("../../../x", "https://example.com/x"),
    ],
)
def test_a_redirect_may_be_relative(location: str, leads_to: str) -> None:
    target = read_redirect(read_url("https://example.com/a/b?c"), location)
    assert f"{target.origin}{target.path}" == leads_to


def test_a_redirect_does_not_leave_tls() -> None:
    with pytest.raises(Forbidden):
        read_redirect(read_url("https://example.com/"), "http://example.com/")
    assert read_redirect(read_url("http://example.com/"), "https://example.com/").secure


# What an operator opens


@pytest.mark.parametrize(
    "text", ["minio.lan", "MINIO.lan:9000", "*.lan", "10.1.2.3", "::1", "[::1]:9000", "10.0.0.0/8"]
)
def test_hosts_addresses_and_networks_can_be_opened(text: str) -> None:
    assert read_opening(text) != Opening()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "*.",
        "*.10.0.0.1",
        "http://minio.lan",
        "minio.lan/x",
        "10.1.2.3/8",
        "a:0",
        "a:99999",
        "a b",
        "10.1",
    ],
)
def test_what_is_none_of_these_cannot_be_opened(text: str) -> None:
    with pytest.raises(UnfitUrl):
        read_opening(text)


def allowed(rules: Rules, url: str, *addresses: str) -> bool:
    target = read_url(url)
    try:
        rules.check_host(target)
        rules.check_addresses(target, [ip_address(address) for address in addresses])
    except Forbidden:
        return False
    return True


def opened(*texts: str, ports: tuple[int, ...] = (80, 443)) -> Rules:
    return Rules(openings=tuple(read_opening(text) for text in texts), ports=frozenset(ports))


def test_all_addresses_of_a_host_must_be_open() -> None:
    rules = Rules()
    assert allowed(rules, "https://example.com/", *PUBLIC, *PUBLIC_6)
    assert not allowed(rules, "https://example.com/", *PUBLIC, "10.0.0.1")
    assert not allowed(rules, "https://example.com/")


def test_an_opened_name_may_be_at_any_address_and_others_may_not() -> None:
    rules = opened("minio.lan:9000", "*.corp")
    assert allowed(rules, "http://minio.lan:9000/", "10.0.0.1")
    assert allowed(rules, "http://a.b.corp/", "10.0.0.1")
    assert not allowed(rules, "http://minio.lan/", "10.0.0.1"), "the port is the opened one only"
    assert not allowed(rules, "http://minio.lan:9001/", "10.0.0.1")
    assert not allowed(rules, "http://corp/", "10.0.0.1")
    assert not allowed(rules, "http://notcorp/", "10.0.0.1")
    assert not allowed(rules, "http://example.com:9000/", "93.184.215.14"), "no port is opened for the public"
    assert not allowed(rules, "http://10.0.0.1:9000/", "10.0.0.1")


def test_an_opened_network_is_open_to_addresses_and_to_names() -> None:
    rules = opened("10.1.0.0/16", "fd00::/8")
    assert allowed(rules, "http://10.1.2.3/", "10.1.2.3")
    assert allowed(rules, "http://any.test/", "10.1.2.3", "fd00::1", "93.184.215.14")
    assert not allowed(rules, "http://any.test/", "10.1.2.3", "10.2.0.1")
    assert not allowed(rules, "http://any.test/", "::ffff:10.1.2.3"), "the network was opened in one spelling"


def test_opening_nat64_opens_no_private_address_behind_it() -> None:
    rules = opened("64:ff9b::/96")
    assert allowed(rules, "https://example.com/", "64:ff9b::5db8:d70e")
    assert not allowed(rules, "https://example.com/", "64:ff9b::7f00:1")
    assert not allowed(rules, "https://example.com/", "64:ff9b::a9fe:a9fe")


def test_ports_are_those_of_the_rules() -> None:
    rules = Rules(ports=frozenset({443, 8443}))
    assert allowed(rules, "https://example.com:8443/", "93.184.215.14")
    assert not allowed(rules, "http://example.com/", "93.184.215.14")


def test_families_are_tried_in_turn() -> None:
    addresses = [ip_address(text) for text in (*PUBLIC_6[:3], PUBLIC[0], PUBLIC_6[0])]
    expected = [ip_address(text) for text in (PUBLIC_6[0], PUBLIC[0], PUBLIC_6[1])]
    assert list(spread(addresses, 3)) == expected
    assert spread([], 3) == ()


def test_an_origin_has_no_path() -> None:
    assert origin_of("https://API.x.ai/v1") == "https://api.x.ai"
    assert origin_of("http://127.0.0.1:8001/v1") == "http://127.0.0.1:8001"
