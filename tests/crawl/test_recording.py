"""Recording: what came is held once, by nobody longer than it is needed, and large answers wait for each other."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest
from scrapy.http import Response

from cluster_archive.recording import LARGE, InFlight, Recording


class Line:
    """A transport that notes whether it is to be read from."""

    is_read = True

    def pauseProducing(self) -> None:  # noqa: N802 - Twisted's name
        self.is_read = False

    def resumeProducing(self) -> None:  # noqa: N802 - Twisted's name
        self.is_read = True


def get(recording: Recording, line: Line, size: int) -> None:
    recording.received(b"HTTP/1.1 200 OK\r\n\r\n".ljust(size), line)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_beyond_the_bound_the_largest_goes_on_and_ordinary_pages_do() -> None:
    in_flight = InFlight(10 * LARGE)
    recordings = [Recording(in_flight, 0, 0, 0) for _ in range(4)]
    lines = [Line() for _ in recordings]
    for recording, line, size in zip(recordings, lines, (6, 3, 2, 0), strict=True):
        get(recording, line, size * LARGE + 100)
    assert [line.is_read for line in lines] == [True, False, False, True]
    recordings[0].over()
    assert [line.is_read for line in lines] == [True, True, True, True]


def test_where_another_becomes_the_largest_it_goes_on() -> None:
    in_flight = InFlight(4 * LARGE)
    first, second = Recording(in_flight, 0, 0, 0), Recording(in_flight, 0, 0, 0)
    lines = [Line(), Line()]
    get(first, lines[0], 3 * LARGE)
    get(second, lines[1], 2 * LARGE)
    assert [line.is_read for line in lines] == [True, False]
    get(second, lines[1], 2 * LARGE)  # what the connection had read already
    assert [line.is_read for line in lines] == [False, True]


def test_a_connection_that_is_kept_does_not_wait() -> None:
    in_flight = InFlight(4 * LARGE)
    first, second = Recording(in_flight, 0, 0, 0), Recording(in_flight, 0, 0, 0)
    line = Line()
    get(first, Line(), 4 * LARGE)
    get(second, line, 2 * LARGE)
    assert not line.is_read
    second.over()
    assert line.is_read


@pytest.mark.usefixtures("no_collector")
def test_a_recording_that_a_connection_keeps_holds_no_answer() -> None:
    recording = Recording(InFlight(LARGE), 0, 10, 10)
    get(recording, Line(), 100)

    async def download() -> Response:
        return Response("http://example.org/", body=recording.taken())

    async def main() -> weakref.ref[Response]:
        return weakref.ref(await recording.watch(download()))

    assert asyncio.run(main())() is None
    assert recording.taken() == b""


@pytest.mark.usefixtures("no_collector")
def test_a_failure_holds_nothing_once_it_is_told() -> None:
    class Failed(Exception):
        pass

    recording = Recording(InFlight(LARGE), 0, 10, 10)

    async def download() -> Response:
        raise Failed

    async def main() -> weakref.ref[Failed]:
        try:
            await recording.watch(download())
        except Failed as error:
            return weakref.ref(error)
        raise AssertionError

    assert asyncio.run(main())() is None
