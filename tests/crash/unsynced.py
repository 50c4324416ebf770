"""A disk that forgets: which bytes and names it has confirmed of a folder, and the folder as a power cut would leave it.

What counts is what was asked for: a file's content is sure as it was at its last `fsync`, names are sure as they were at
the last `fsync` of their folder. Anything later may be lost, all of it or a part by chance: names by their order, files
from their end, and what is cut may be zeros. SQLite confirms by itself, unseen: its file is what it is, since it writes
it only when its log is on disk; its log may be lost.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR

STATE = "state.sqlite"
Names = dict[str, int]
"""What stands in a folder: name and number (inode)."""


class Disk:
    """The folder `root`, which is sure to be there, and all below it. `aside` holds what has to be remembered.

    Numbers are never given twice, since each file that was met is linked into `aside`.
    """

    def __init__(self, root: Path, aside: Path) -> None:
        self.root, self.aside = root.resolve(), aside
        aside.mkdir()
        self._names: dict[int, list[Names]] = {}
        """By folder: its names as confirmed, and after each change since then."""
        self._folders: set[int] = set()
        for path in [self.root, *self.root.rglob("*")]:  # what is there at the start is sure
            self._confirm(path)

    # -- what happens --------------------------------------------------------------------------------------------

    def will_change(self, path: Path) -> None:
        """A name in a folder is about to come, go or change."""
        folder = path.parent
        if self._is_ours(folder):
            self._names.setdefault(folder.stat().st_ino, [{}]).append(self._listed(folder))

    def confirmed(self, handle: int) -> None:
        """A file or a folder was confirmed (fsync)."""
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if self._is_ours(path):
            self._confirm(path)

    def _confirm(self, path: Path) -> None:
        number = self._remember(path)
        if path.is_dir():
            self._names[number] = [self._listed(path)]
        else:
            shutil.copyfile(path, self.aside / f"{number}.sure")

    def _is_ours(self, path: Path) -> bool:
        return path.is_relative_to(self.root) and path.exists()

    def _listed(self, folder: Path) -> Names:
        return {path.name: self._remember(path) for path in sorted(folder.iterdir())}

    def _remember(self, path: Path) -> int:
        told = path.stat()
        if S_ISDIR(told.st_mode):
            self._folders.add(told.st_ino)
        else:
            seen = self.aside / f"{told.st_ino}.seen"
            if not seen.exists():
                os.link(path, seen)
        return told.st_ino

    # -- the power is cut ----------------------------------------------------------------------------------------

    def cut(self, chance: random.Random | None) -> None:
        """Leaves in `root` what is sure; with `chance` some of the rest too."""
        now = {folder.stat().st_ino: self._listed(folder) for folder in self._all_folders()}
        is_log_kept = chance is not None and chance.random() < 0.5
        left = self.aside / "left"
        self._write(left, self.root.stat().st_ino, now, chance, is_log_kept)
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in left.iterdir():
            path.rename(self.root / path.name)

    def _all_folders(self) -> Iterator[Path]:
        yield self.root
        yield from (path for path in self.root.rglob("*") if path.is_dir())

    def _write(
        self, target: Path, folder: int, now: dict[int, Names], chance: random.Random | None, is_log_kept: bool
    ) -> None:
        target.mkdir()
        current = now.get(folder, {})
        states = [*self._names.get(folder, [{}]), current]
        names = dict(states[0] if chance is None else chance.choice(states))
        for name, number in current.items():
            if name == STATE or (name.startswith(STATE) and is_log_kept):
                names[name] = number
        for name, number in names.items():
            if number in self._folders:
                self._write(target / name, number, now, chance, is_log_kept)
            elif not name.startswith(STATE):
                (target / name).write_bytes(self._content(number, chance))
            elif name == STATE or is_log_kept:
                shutil.copyfile(self.aside / f"{number}.seen", target / name)

    def _content(self, number: int, chance: random.Random | None) -> bytes:
        path = self.aside / f"{number}.sure"
        sure = path.read_bytes() if path.exists() else b""
        if chance is None:
            return sure
        seen = (self.aside / f"{number}.seen").read_bytes()
        if not seen.startswith(sure):
            return chance.choice((sure, seen))
        part = chance.randint(len(sure), len(seen))
        return chance.choice((sure, seen, seen[:part], seen[:part] + bytes(len(seen) - part)))
