"""Addresses that must never be connected to, in every spelling that some parser or resolver accepts."""

from itertools import product
from typing import Final

PORT: Final = "{port}"
"""Stands for the port of the listener that counts connections."""

# This machine and its networks, as the IPv4 address 127.0.0.1 can be written.
LOOPBACK: Final = (
    "127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0177.0.0.1", "0177.0.0.01", "00177.1", "0x7f.0.0.1",
    "0x7f.1", "0x7f000001", "0X7F000001", "0x7f.0x0.0x0.0x1", "2130706433", "017700000001", "00000017700000001",
    "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "LocalHost.LocalDomain", "127.0.0.2", "127.255.255.254",
    "127.1.1.1", "0.0.0.0", "0", "0x0", "00", "0.0", "%31%32%37.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1",
    "１２７.0.0.1", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "١٢٧.٠.٠.١", "१२७.०.०.१", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ",
)  # fmt: skip

# Networks that lie inside, are nobody's, or stand for several.
PRIVATE: Final = (
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.254", "169.254.169.254",
    "169.254.0.1", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "232.1.1.1",
    "240.0.0.1", "255.255.255.255", "0.1.2.3", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe",
    "3232235521", "0xc0a80001", "167772161", "0xac100001", "10.1", "192.168.257", "192.0.8",
)  # fmt: skip

V6: Final = (
    "::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::", "::0", "0::1", "::0001", "0:0::1",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::FFFF:7F00:0001", "0:0:0:0:0:ffff:127.0.0.1", "::ffff:0:127.0.0.1",
    "::127.0.0.1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:192.168.0.1",
    "::ffff:0.0.0.0", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::808:808",
    "64:ff9b:1::1", "2002:7f00:1::", "2002:7f00:1::1", "2002:a00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1",
    "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "3fff::1", "3fff:fff::1", "fe80::1", "fe80::1%lo", "fe80::1%25lo", "fe80::1%25eth0", "::1%25lo",
    "fe80::a9fe:a9fe", "febf::1", "fec0::1", "feff::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fdff::1", "ff02::1",
    "ff01::1", "ff05::1:3", "ff0e::1", "100::1", "100:0:0:1::1", "5f00::1", "4000::1", "e000::1", "1::1", "::2",
    "0100::", "fe00::1", "200::1",
)  # fmt: skip

NAMES: Final = (
    "localtest.me.internal", "inside.club.example", "mapped.club.example", "metadata.google.internal", "nat64.club.example",
    "both.club.example", "sixtofour.club.example", "multicast.club.example", "shared.club.example", "teredo.club.example",
)  # fmt: skip

RESOLVES_TO: Final = {
    "localtest.me.internal": ["127.0.0.1"],
    "inside.club.example": ["10.1.2.3"],
    "mapped.club.example": ["::ffff:127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "nat64.club.example": ["64:ff9b::7f00:1"],
    "both.club.example": ["127.0.0.1", "::1"],
    "sixtofour.club.example": ["2002:7f00:1::"],
    "multicast.club.example": ["224.0.0.1"],
    "shared.club.example": ["100.64.0.1"],
    "teredo.club.example": ["2001:0:7f00:1::"],
}
"""What the resolver of the tests answers for the names."""

_USERS: Final = ("user", "user:pw", "club.example", "club.example:80", ":", "a%40b", "club.example%2f", "")
_USERINFO: Final = (
    *(f"http://{user}@127.0.0.1:{PORT}/" for user in _USERS),
    f"http://127.0.0.1:{PORT}@127.0.0.1:{PORT}/",
    f"http://club.example:80@127.0.0.1:{PORT}@127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}\\@club.example/",
    f"http://127.0.0.1:{PORT}#@club.example/",
    f"http://127.0.0.1:{PORT}?@club.example/",
    f"http://127.0.0.1:{PORT}/@club.example/",
    f"http://club.example&@127.0.0.1:{PORT}/",
    f"http:///127.0.0.1:{PORT}/",
    f"http:127.0.0.1:{PORT}/",
    f"//127.0.0.1:{PORT}/",
    f"http:\\\\127.0.0.1:{PORT}\\",
    f"\thttp://127.0.0.1:{PORT}/",
    f"http://127.0.0.1:{PORT}\r\nHost: club.example/",
    f"http://127.0.0.1\t:{PORT}/",
    f"http://[127.0.0.1]:{PORT}/",
    f"http://[::1:{PORT}/",
    f"http://[::1]x:{PORT}/",
    f"http://[v1.127.0.0.1]:{PORT}/",
    f"http://127.0.0.1%00.club.example:{PORT}/",
    f"http://127.0.0.1%2eclub.example:{PORT}/",
    f"http://127.0.0.1 .club.example:{PORT}/",
)

_SCHEMES: Final = tuple(
    f"{scheme}://127.0.0.1:{PORT}/"
    for scheme in ("https", "HTTP", "ftp", "file", "gopher", "dict", "ldap", "ws", "wss", "unix", "http+unix", "data", "jar", "")
)  # fmt: skip

_PORTS: Final = tuple(
    f"http://127.0.0.1:{port}/" for port in ("22", "25", "6379", "5432", "11211", "8080", "65536", "0", "-1", "99999999999", "８０", "", "0x50")
)  # fmt: skip

LITERALS: Final = tuple(
    f"http://{host}:{PORT}{path}" for host, path in product((*LOOPBACK, *PRIVATE), ("/",))
) + tuple(f"http://[{host}]:{PORT}/" for host in V6)

ADDRESSES: Final = (
    *LITERALS,
    *_USERINFO,
    *_SCHEMES,
    *_PORTS,
    *(f"http://{name}:{PORT}/" for name in NAMES),
)
