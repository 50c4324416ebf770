"""Whatever the bytes are: never an exception but the documented ones, never a hang. `make fuzz` looks longer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import addresses, archives, collections, discovery, messages, pages, sheets, sites
from .subject import Subject, damaged, hold

SUBJECTS = [one.SUBJECT for one in (addresses, archives, collections, discovery, messages, pages, sheets, sites)]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_promises_hold_for_what_is_whole(subject: Subject) -> None:
    for data in (*subject.seeds(), b""):
        hold(subject, data)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_promises_hold_for_what_is_damaged(subject: Subject) -> None:
    @settings(max_examples=subject.examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        hold(subject, data.draw(damaged(subject)))

    look()
