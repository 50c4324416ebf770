"""A site's TOML, from a person's typing or from the records of a stranger's archive."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

from cluster_archive.errors import BadSite
from cluster_archive.sites import site_for_url, site_of
from cluster_archive.sites.rules import address_kind, in_scope, named_hosts

from .subject import SITE, Subject


def seeds() -> list[bytes]:
    """The sites that are built in, and one more."""
    built_in = [one for one in files("cluster_archive.sites").iterdir() if one.name.endswith(".toml")]
    return [SITE.source.encode(), *(one.read_bytes() for one in sorted(built_in, key=lambda one: one.name))]


def promise(data: bytes) -> None:
    """A site that can be asked, or BadSite with one sentence."""
    text = data.decode("utf-8", "replace")
    for make in (lambda: site_of(text, "x.toml"), lambda: site_for_url(text), lambda: site_for_url("http://" + text)):
        try:
            site = make()
        except BadSite as error:
            if not str(error):
                raise AssertionError("nothing is said") from error
            continue
        assert site.name.isascii()
        assert site_of(site.source, "again") == site
        named_hosts(site)
        in_scope(site.home, site)
        address_kind("https://example.org/news/?a=b", site)
        site.selectors_at(SITE_DAY)


SITE_DAY = date(2024, 5, 6)

SUBJECT = Subject(
    name="sites",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"name = ", b"[[seeds]]\n", b"[[selectors]]\n", b"[addresses]\n", b'"http://["', b'"http://a/"', b"['a{99999999999}']", b"['(']", b"['(?P<a>x)(?P<a>y)']",
        b"[':not(']", b"[':is(a, :not(']", b"['a|b']", b"['::before']", b"2024-13-01", b"0001-01-01", b"delay = inf\n", b"delay = nan\n", b"concurrency = 1.0\n",
        b'timezone = "../x"\n', b'timezone = "Europe"\n', b'"\\u0000"', b"{a=1}", b"[[", b"]]", b"'''", b'"""',
    ),
)  # fmt: skip
