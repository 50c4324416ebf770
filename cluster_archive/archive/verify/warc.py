"""One WARC file, record by record: each by itself, and those that were written together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from cluster_archive.archive.heads import Head, bare_address
from cluster_archive.archive.members import walk
from cluster_archive.archive.parser import Sink
from cluster_archive.archive.records import Fault
from cluster_archive.archive.verify.blocks import Block
from cluster_archive.archive.verify.findings import CHANGED, HABIT, Finding, fault
from cluster_archive.archive.verify.groups import Group
from cluster_archive.archive.verify.heads import check_head
from cluster_archive.archive.verify.holdings import Holdings, target
from cluster_archive.archive.verify.ours import check_ours
from cluster_archive.archive.verify.sound import Sound, sound_block

LOST = "A record was removed, or the file was cut; fetch it from a good copy."
ELSEWHERE = "It may stand in another file."


def verify_file(
    file: BinaryIO, name: str, holdings: Holdings, *, aside: bool = False, resync: bool = True
) -> Iterator[Fault]:
    """The faults of an open WARC file; what it holds goes into `holdings`. `aside` says that a torn tail of it is kept
    beside it, so that its last exchange need not be whole."""
    yield from _FileCheck(name, holdings, aside).run(file, resync)


class _FileCheck:
    """What is known while a file is read."""

    def __init__(self, name: str, holdings: Holdings, aside: bool) -> None:
        self.name, self.holdings, self.aside = name, holdings, aside
        self.faults: list[Fault] = []
        self.first: Head | None = None
        self.ours = holdings.whole
        self.head: Head
        self.block: Block | Sound | None = None
        self.group = Group()
        self.warcinfos: set[int] = set()
        self.unknown_warcinfos: set[int] = set()
        self.wanted: dict[str, tuple[int, str]] = {}
        self.bodiless: dict[str, Head] = {}
        self.odd_gzip = False

    def run(self, file: BinaryIO, resync: bool) -> Iterator[Fault]:
        self.holdings.files.append(self.name)
        for head, length in walk(file, self._begin, self._tell, resync=resync):
            self._record(head, length, self.block or Block(head))
            if self.faults:
                yield from self.faults
                self.faults.clear()
        yield from self.faults
        self.faults.clear()
        if self.first is None:
            yield fault(self.name, 0, "It holds no whole WARC record.", "Fetch the file again from a good copy.")
            return
        self._end()
        yield from self.faults

    def _begin(self, head: Head) -> Sink:
        if head.is_usual:
            self.head, self.block = head, None
            return self._glance
        self.block = Block(head)
        return self.block.feed

    def _glance(self, piece: bytes | memoryview) -> None:
        """Takes the block of a usual record, a closer look only where one is needed."""
        if self.block is None:
            is_whole = len(piece) == self.head.size
            self.block = (sound_block(self.head, bytes(piece)) if is_whole else None) or Block(self.head)
        if isinstance(self.block, Block):
            self.block.feed(piece)

    def _tell(self, offset: int, what: str, advice: str, record_id: str | None) -> None:
        self.faults.append(fault(self.name, offset, what, advice, record_id))

    def _note(self, head: Head, what: str, advice: str = HABIT, *, is_note: bool = False) -> None:
        self.faults.append(Finding(what, advice, is_note).at(self.name, head))

    def _record(self, head: Head, length: int, block: Block | Sound) -> None:
        if self.first is None:
            self.first = head
            self._begin_file(head, block)
        problems = check_head(head) + block.close(ours=self.ours)
        if self.ours:
            problems += check_ours(head, self.first)
        elif head.gzip[:10] != self.first.gzip[:10] and not self.odd_gzip:
            self.odd_gzip = True
            what = "Its gzip member begins otherwise than the file's first."
            problems.append(Finding(what, "Two writers wrote the file, or the bytes were changed.", is_note=True))
        for one in problems:
            self.faults.append(one.at(self.name, head))
        kind, record_id = head.kind, head.record_id or ""
        self._belongs(head, kind, record_id)
        known = self.holdings.take(head, length, block)
        if known is not None and record_id:
            what = "Its WARC-Record-ID is also that of {}:{}.".format(*self.holdings.named(known))
            self._note(head, what, "One of them is a copy, or was changed; ids must be unique (WARC 1.1, 5.2).")
        if kind == "revisit":
            self._revisit(head)
        elif kind == "conversion" and self.ours and self.holdings.whole:
            origin = head.fields.get("warc-refers-to", "")
            self.holdings.partners.append((self.name, head.offset, record_id, origin, True))
        self._bodies(head, block, kind, record_id)
        self._partners(head, record_id)

    def _begin_file(self, head: Head, block: Block | Sound) -> None:
        if head.kind != "warcinfo":
            what = "The file does not begin with a warcinfo record."
            self._note(head, what, LOST if self.ours else HABIT, is_note=not self.ours)
            return
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in block.text.decode("utf-8", "replace").splitlines())
        }
        self.ours = fields.get("software", "").startswith("cluster_archive/")
        stated = head.fields.get("warc-filename")
        if stated is None and self.ours:
            self._note(head, "Its warcinfo record does not tell the file's name.", CHANGED)
        elif stated is not None and stated != self.name:
            what = f"The file's name when it was written was {stated[:120]!r}."
            advice = "Give it that name again: the dataset and the index name it." if self.ours else HABIT
            self._note(head, what, advice, is_note=not self.ours)

    def _belongs(self, head: Head, kind: str | None, record_id: str) -> None:
        """Whether the record's warcinfo is there."""
        if kind == "warcinfo":
            self.warcinfos.add(hash(record_id))
            return
        stated = head.warcinfo_id
        if stated is None:
            if self.ours:
                self._note(head, "It has no WARC-Warcinfo-ID, which all our records have.", CHANGED)
        elif hash(stated) not in self.warcinfos and hash(stated) not in self.unknown_warcinfos:
            if not self.ours:
                self.unknown_warcinfos.add(hash(stated))  # others: told once; it may stand in another file
            is_note = not self.ours and bool(self.warcinfos)
            what = f"Its warcinfo record {stated[:80]} does not stand before it."
            self._note(head, what, ELSEWHERE if is_note else LOST, is_note=is_note)

    def _revisit(self, head: Head) -> None:
        fields = head.fields
        if not fields.get("warc-profile"):
            self._note(head, "It has no WARC-Profile.", "The record breaks the standard (WARC 1.1, 6.7).")
        if any(fields.get(name) for name in ("warc-refers-to", "warc-refers-to-target-uri")):
            if hash(refers_to(fields)) not in self.holdings.answers:
                self.holdings.pending.append((self.name, head, self.ours))
        elif self.ours:
            self._note(head, "It does not say what it refers to.", CHANGED)

    def _bodies(self, head: Head, block: Block | Sound, kind: str | None, record_id: str) -> None:
        """An answer without the body that it announces is whole only where it answers HEAD, as its request tells."""
        if kind == "response" and block.lacks_body:
            self.bodiless[record_id] = head
        elif kind == "request" and self.bodiless:
            answered = head.partners[0] if head.partners else ""
            if block.method == "HEAD":
                self.bodiless.pop(answered, None)
            elif answered in self.bodiless:
                self._bodiless(self.bodiless.pop(answered))

    def _bodiless(self, head: Head) -> None:
        what = "It has no body although its HTTP head announces one, and does not say that it was cut (WARC-Truncated)."
        self._note(head, what, CHANGED if self.ours else HABIT, is_note=not self.ours)

    def _partners(self, head: Head, record_id: str) -> None:
        follows = self.wanted.pop(record_id, None) is not None
        for partner in head.partners:
            if hash(partner) in self.holdings.ids:
                follows = True
            else:
                self.wanted[partner] = (head.offset, record_id)
        if self.ours:
            for whose, finding in self.group.add(head, follows_partner=follows):
                self.faults.append(finding.at(self.name, whose))

    def _end(self) -> None:
        torn_from = self.group.offset if self.aside else None  # the last exchange need not be whole then
        if self.ours:
            for head, finding in self.group.close():
                torn = Finding(finding.what, "The rest of it is kept aside as `.torn`.", is_note=True)
                self.faults.append((finding if torn_from is None else torn).at(self.name, head))
        for head in self.bodiless.values():
            self._bodiless(head)
        for partner, (offset, record_id) in self.wanted.items():
            if not self.ours:
                self.holdings.partners.append((self.name, offset, record_id, partner, False))
            elif torn_from is None or offset < torn_from:
                what = f"Its partner {partner[:80]} is missing."
                self.faults.append(fault(self.name, offset, what, LOST, record_id or None))


def refers_to(fields: dict[str, str]) -> tuple[str, str, str, str]:
    """What a revisit says of the record that it refers to, to be looked for among `Holdings.answers`."""
    return (
        fields.get("warc-refers-to", ""),
        bare_address(fields.get("warc-refers-to-target-uri", "")),
        fields.get("warc-refers-to-date", ""),
        fields.get("warc-payload-digest", ""),
    )


def verify_references(holdings: Holdings) -> Iterator[Fault]:
    """What could not be told before all files were read: targets of revisits, and partners in other files."""
    for name, offset, record_id, other, must in holdings.partners:
        if holdings.look_up(other) is None:
            what = f"{'The record that it was made of' if must else 'Its partner'}, {other[:80]}, is not in what was given."
            yield fault(name, offset, what, LOST if must else ELSEWHERE, record_id or None, is_note=not must)
        elif must and hash(other) not in holdings.pictures:
            yield fault(name, offset, "The record that it was made of is no response.", CHANGED, record_id or None)
    for name, head, ours in holdings.pending:
        wanted = refers_to(head.fields)
        if hash(wanted if wanted[0] else wanted[1:3]) in holdings.answers:
            continue  # it stood behind the revisit, or is told by address and date alone
        yield from (finding.at(name, head) for finding in _check_target(holdings, head, ours))


def _check_target(holdings: Holdings, head: Head, ours: bool) -> Iterator[Finding]:
    fields = head.fields
    wanted = fields.get("warc-refers-to")
    if not wanted:
        what = "The record that it refers to by address and date is not in what was given."
        yield Finding(what, ELSEWHERE, is_note=True)
        return
    place = holdings.look_up(wanted)
    record = holdings.look(*place) if place else None
    if record is None:
        is_note = not holdings.whole
        what = f"The record that it refers to, {wanted[:80]}, is not {'in what was given' if is_note else 'there'}."
        yield Finding(what, ELSEWHERE if is_note else LOST, is_note=is_note)
        return
    theirs = target({name.lower(): value for name, value in reversed(record.headers)})
    for name, mine, other in zip(("address", "date", "payload digest"), refers_to(fields)[1:], theirs[1:], strict=True):
        not_modified = name == "payload digest" and fields.get("warc-profile", "").endswith("server-not-modified")
        if mine and other and mine != other and not not_modified:
            yield Finding(f"The record that it refers to has another {name}.", CHANGED)
    if record.type == "revisit":
        what = "The record that it refers to is itself a revisit, and holds no payload."
        yield Finding(what, CHANGED if ours else HABIT, is_note=not ours)
    elif record.type not in ("response", "resource", "conversion"):
        yield Finding(f"The record that it refers to is a {record.type}.", CHANGED)
