"""The verb `serve`: a collection to browse, search and see again in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cluster_archive.cli.console import commands, err

if TYPE_CHECKING:
    from cluster_archive.web import Doors


@commands.command()
@click.argument("collection", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on; the first free one from 8420 by default."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than loopback are for all."
)
@click.option("--lang", type=click.Choice(["bg", "en"]), help="Language of the pages; the browser's own by default.")
@click.option("--open", "to_open", is_flag=True, help="Open the browser.")
@click.option("--get-replay", is_flag=True, help="Have npm fetch the pinned ReplayWeb.page (AGPL) first, once.")
@click.option(
    "--replay-assets",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar="CLUSTER_ARCHIVE_REPLAY_ASSETS",
    help="Folder with ReplayWeb.page's ui.js and sw.js.",
)
def serve(
    collection: Path | None,
    port: int | None,
    host: str,
    lang: str | None,
    to_open: bool,
    get_replay: bool,
    replay_assets: Path | None,
) -> None:
    """Show a collection in a browser: articles by date, search, evidence, and the pages as they looked.

    \b
    cluster-archive serve output/demo
    cluster-archive serve output/demo --get-replay     once, to see pages as they looked
    """
    from cluster_archive import web
    from cluster_archive.archive import Collection

    room = web.Room(Collection(collection or _only_collection()), language=lang)
    if get_replay:
        room.assets = web.get_replay(replay_assets)
        err.print(f"ReplayWeb.page is in {room.assets.folder}; it is free software under the AGPL.", markup=False)
    else:
        room.assets = web.find_assets(replay_assets)
    if host not in ("127.0.0.1", "localhost", "::1"):
        err.print(f"Everybody who reaches {host} can read this collection; Ctrl-C ends it.", markup=False)

    def told(doors: Doors) -> None:
        err.print(f"{room.collection.root}: {doors.url} (Ctrl-C ends it)", markup=False)
        if room.assets is None:
            err.print("To see pages as they looked, stop it and start it once with --get-replay.", markup=False)
        if to_open:
            webbrowser.open(doors.url)

    web.serve(room, host=host, port=port, on_ready=told)


def _only_collection() -> Path:
    """The one collection under `output/`."""
    found = sorted(folder.parent for folder in Path("output").glob("*/archive"))
    if len(found) == 1:
        return found[0]
    names = ", ".join(map(str, found))
    raise click.UsageError(
        f"Name one collection: {names}."
        if found
        else "There is no collection under output/; name a collection's folder."
    )
