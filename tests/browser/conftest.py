"""A crawled demo collection, served, and Debian's Chromium to look at it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.webdriver import WebDriver

from cluster_archive.demo import serve
from cluster_archive.sites import load_site

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --hide-scrollbars"
    " --disable-features=AutofillServerCommunication"
).split()


@dataclass
class Served:
    """A collection that is served."""

    url: str
    collection: Path
    environment: dict[str, str]
    process: subprocess.Popen[str]
    lines: list[dict[str, Any]] = field(default_factory=list)

    def id_of(self, fits: Callable[[dict[str, Any]], bool]) -> str:
        """The id of the first article that fits."""
        return next(str(line["id"]) for line in self.lines if fits(line))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo site crawled, then closed; its collection served, with the replay's files as npm brings them."""
    if not os.environ.get("CI") and not (which("chromium") and which("chromedriver") and which("npm")):
        pytest.skip("chromium, chromedriver or npm is missing")
    folder = tmp_path_factory.mktemp("browser")
    with serve(ports=(0, 0, 0)) as site:
        toml = folder / "demo.toml"
        toml.write_text(site.toml(load_site("demo").source), encoding="utf-8")
        command = [sys.executable, "-m", "cluster_archive"]
        subprocess.run([*command, "crawl", toml, "-o", folder], check=True, capture_output=True, timeout=200)
    environment = {**os.environ, "XDG_DATA_HOME": str(folder / "data")}
    with serving(folder / "demo", environment, "--get-replay") as served:
        yield served


@contextmanager
def serving(collection: Path, environment: dict[str, str], *options: str) -> Iterator[Served]:
    """A collection, served by a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cluster_archive", "serve", collection, "--port", "0", *options],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    url = None
    said = []
    for line in process.stderr:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            url = found[0]
            break
    assert url, said
    text = (collection / "dataset" / "articles.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    yield Served(url, collection, environment, process, lines)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(10)


_FIND = """
const find = (root) => {
  for (const frame of root.querySelectorAll('iframe')) {
    let inner = null;
    try { inner = frame.contentDocument; } catch (error) { continue; }
    if (!inner) continue;
    if (/\\/w\\/[^/]+\\/.*mp_\\//.test(inner.location.href)) return inner;
    const deeper = find(inner);
    if (deeper) return deeper;
  }
  for (const element of root.querySelectorAll('*')) {
    const deeper = element.shadowRoot && find(element.shadowRoot);
    if (deeper) return deeper;
  }
  return null;
};
const page = find(document);
if (!page || page.readyState !== 'complete' || !page.querySelector('h1.entry-title')) return null;
"""


def replayed(driver: WebDriver, script: str, patience: float = 45) -> dict[str, Any]:
    """What a script says of the replayed `page`, found through the frames. Where it says nothing for too long the page is
    loaded once more, as a reader would do it (on a busy machine a browser now and then never starts the service worker that
    replays); fails where it then says nothing, too."""
    for _ in range(2):
        driver.switch_to.frame(driver.find_element("css selector", "iframe.stage"))
        ends = time.monotonic() + patience
        while time.monotonic() < ends:
            told = driver.execute_script(_FIND + script)
            if told:
                driver.switch_to.default_content()
                return dict(told)
            time.sleep(0.3)
        shown = driver.page_source[:2000]
        driver.switch_to.default_content()
        driver.refresh()
    raise AssertionError(f"no replay: {shown}")


@dataclass
class Looked:
    """A browser, and the log of whatever it asked the network for."""

    driver: webdriver.Chrome
    log: Path
    is_closed: bool = False

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.driver.quit()

    def asked(self) -> set[tuple[str, int | None]]:
        """Host and port of each request of a page or a service worker; the browser is closed for it.

        Chromium asks its maker for things of its own, for instance for updates; those have no page that they are for.
        """
        self.close()
        urls = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, KeyError, TypeError):  # lines that are no events
                told = json.loads(line.rstrip(","))["params"]
                is_own = told["initiator"] == "not an origin" and "127.0.0.1" not in told["network_isolation_key"]
                if not is_own:
                    urls.append(told["url"])
        assert urls
        return {(urlsplit(url).hostname or "", urlsplit(url).port) for url in urls}


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Callable[..., Looked]]:
    """Opens Chromium of a given width; names other than 127.0.0.1 lead nowhere."""
    opened: list[Looked] = []

    def open_browser(width: int = 1200, height: int = 900, language: str = "bg") -> Looked:
        options = webdriver.ChromeOptions()
        options.binary_location = which("chromium") or "/usr/bin/chromium"
        log = tmp_path / f"net{len(opened)}.json"
        for flag in (
            *FLAGS,
            f"--user-data-dir={tmp_path / f'profile{len(opened)}'}",
            f"--accept-lang={language}",
            f"--window-size={width},{height}",
            f"--log-net-log={log}",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ):
            options.add_argument(flag)
        service = webdriver.ChromeService(which("chromedriver") or "/usr/bin/chromedriver")
        looked = Looked(webdriver.Chrome(options=options, service=service), log)
        opened.append(looked)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        looked.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        return looked

    yield open_browser
    for looked in opened:
        looked.close()
