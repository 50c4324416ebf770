"""The replay's files: got by npm, checked, kept; whatever is wrong is told in one sentence."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from cluster_archive.errors import Incomplete
from cluster_archive.web import assets
from cluster_archive.web.assets import find_assets, get_replay

GOOD = {"ui.js": b"// ui", "sw.js": b"// sw", "LICENSE": b"AGPL"}


def packed(files: dict[str, bytes], more: Callable[[tarfile.TarFile], None] = lambda _: None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        more(archive)
    return out.getvalue()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts an npm on the PATH that packs the given bytes; gives the file that it writes its arguments into."""
    monkeypatch.setattr(assets, "DIGESTS", {name: sha256(content).hexdigest() for name, content in GOOD.items()})

    def make(package: bytes | None, code: int = 0) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "package").write_bytes(package or b"")
        give = f'cp "{folder}/package" "$5/replaywebpage.tgz"' if package is not None else "true"
        script = f'#!/bin/sh\nprintf "%s\\n" "$@" > "{folder}/asked"\n{give.replace("$5", "${6}")}\necho no luck >&2\nexit {code}\n'
        (folder / "npm").write_text(script, encoding="utf-8")
        (folder / "npm").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder / "asked"

    return make


def test_the_files_are_kept_when_they_are_right(npm: Callable[..., Path], tmp_path: Path) -> None:
    asked = npm(packed(GOOD))
    kept = tmp_path / "kept"
    assert get_replay(kept).folder == kept
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == GOOD
    assert asked.read_text().splitlines()[:4] == ["pack", "replaywebpage@2.4.6", "--ignore-scripts", "--silent"]
    assert find_assets(kept) is not None


@pytest.mark.parametrize(
    ("package", "told"),
    [
        (packed({**GOOD, "sw.js": b"// changed"}), "digest"),
        (packed({"ui.js": b"// ui"}), "not replaywebpage"),
        (b"no archive", "not replaywebpage"),
        (packed(GOOD)[:40], "not replaywebpage"),
        (None, "no luck"),
    ],
)
def test_what_is_wrong_is_not_kept(npm: Callable[..., Path], tmp_path: Path, package: bytes | None, told: str) -> None:
    npm(package)
    with pytest.raises(Incomplete, match=told):
        get_replay(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_link_in_the_package_leads_nowhere(npm: Callable[..., Path], tmp_path: Path) -> None:
    def link(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo("package/LICENSE")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)

    npm(packed({name: GOOD[name] for name in ("ui.js", "sw.js")}, link))
    with pytest.raises(Incomplete, match="digest"):
        get_replay(tmp_path / "kept")


def test_npm_that_fails_or_is_absent(npm: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(packed(GOOD), code=1)
    with pytest.raises(Incomplete, match="no luck"):
        get_replay(tmp_path / "kept")
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(Incomplete, match="--replay-assets"):
        get_replay(tmp_path / "kept")


def test_a_folder_made_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Incomplete, match=r"ui\.js and no sw\.js"):
        find_assets(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert find_assets() is None
    folder = tmp_path / "data" / "cluster-archive" / "replaywebpage-2.4.6"
    folder.mkdir(parents=True)
    for name in GOOD:
        (folder / name).write_bytes(b"")
    found = find_assets()
    assert found is not None
    assert found.folder == folder
