"""Guard: no connection to an address that is not public, but for the hosts and ports that the operator named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from cluster_archive.urls import DEFAULT_PORTS, is_public_address


class AddressRefused(Exception):
    """A name or number leads to an address that is not public and that the operator did not name."""

    reason_code = "address-refused"


@implementer(IHostnameResolver)
class AddressGuard:
    """A resolver that gives out public addresses only, but for the hosts and ports that the operator named.

    Twisted connects to what its resolver gives, numbers in every spelling included, so a name that changes its answer
    does not get past it, and no connection is opened to an address that is refused.
    """

    def __init__(self, resolver: Any, named: Iterable[str]) -> None:
        self._resolver, self._named = resolver, _places(named)
        self._refused: dict[tuple[str, int], str] = {}

    def check(self, url: str, failure: BaseException) -> None:
        """Raises AddressRefused where it was this guard that kept an address from being asked."""
        if (refused := self._refused.pop(_place(url), None)) is not None:
            raise AddressRefused(f"{url} leads to {refused}, which is not public") from failure

    def resolveHostName(  # noqa: N802 - Twisted's name
        self,
        receiver: Any,
        hostName: str,  # noqa: N803 - Twisted's names
        portNumber: int = 0,  # noqa: N803
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Resolves through the resolver behind; addresses that are not public are left out and noted."""
        place = hostName.strip("[]").lower(), portNumber
        if place not in self._named:
            receiver = _PublicOnly(receiver, lambda address: self._refused.__setitem__(place, address))
        return self._resolver.resolveHostName(receiver, hostName, portNumber, *args, **kwargs)


class _PublicOnly:
    """A resolution's receiver that passes public addresses on."""

    def __init__(self, receiver: Any, refuse: Callable[[str], None]) -> None:
        self._receiver, self._refuse = receiver, refuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)

    def addressResolved(self, address: Any) -> None:  # noqa: N802 - Twisted's name
        if is_public_address(address.host):
            self._receiver.addressResolved(address)
        else:
            self._refuse(address.host)


def _places(named: Iterable[str]) -> set[tuple[str, int]]:
    """Host and port of each `host` or `host:port`; a bare host is named for ports 80 and 443."""
    return {_place(f"{scheme}://{host}") for host in named for scheme in DEFAULT_PORTS}


def _place(url: str) -> tuple[str, int]:
    """Host, without brackets, and port of an address."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
