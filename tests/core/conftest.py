"""The core opens no socket: a test here that tries fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def no_socket() -> Iterator[None]:
    """Forbids sockets."""
    pytest_socket.disable_socket()
    yield
    pytest_socket.enable_socket()
