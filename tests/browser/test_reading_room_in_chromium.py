"""What people see: the demo collection in Debian's Chromium, its pages replayed as they looked."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.keys import Keys

from .conftest import Looked, Served, replayed

pytestmark = [pytest.mark.browser, pytest.mark.crawl]

LOOKS = """
const pictures = [...page.querySelectorAll('.the_content_wrapper img, .single-photo-wrapper img')];
if (pictures.some((one) => !one.complete)) return null;
const style = page.defaultView.getComputedStyle(page.querySelector('h1.entry-title'));
return {
  title: page.querySelector('h1.entry-title').textContent,
  pictures: pictures.map((one) => [one.src, one.naturalWidth, one.naturalHeight]),
  colour: style.color,
  size: style.fontSize,
};
"""


def texts(driver: WebDriver, selector: str) -> list[str]:
    return [one.text for one in driver.find_elements("css selector", selector)]


def test_from_the_list_by_search_to_the_page_as_it_looked(served: Served, look: Callable[..., Looked]) -> None:
    looked = look()
    driver = looked.driver
    driver.get(served.url)
    assert driver.find_element("tag name", "html").get_attribute("lang") == "bg"
    assert len(texts(driver, ".card h3")) == 24
    field = driver.find_element("id", "q")
    field.send_keys("ПЪТУВАНЕ Дания", Keys.ENTER)
    found = texts(driver, ".card h2")
    assert found
    assert "пътуване до Дания" in found[0]
    assert texts(driver, "mark")
    driver.find_element("css selector", ".card h2 a").click()
    assert driver.find_element("css selector", "h1").text == found[0]
    picture = driver.find_element("css selector", ".picture img")
    assert driver.execute_script("return arguments[0].complete && arguments[0].naturalWidth", picture) > 100
    assert texts(driver, ".takeaways li")
    driver.find_element("css selector", ".actions .button").click()
    told = replayed(driver, LOOKS)
    assert told["title"] == found[0]
    reading = urlsplit(served.url).port
    frame = driver.find_element("css selector", "iframe.stage").get_attribute("src")
    assert looked.asked() == {("127.0.0.1", reading), ("127.0.0.1", urlsplit(str(frame)).port)}


def test_a_replayed_page_has_its_style(served: Served, look: Callable[..., Looked]) -> None:
    driver = look().driver
    article = served.id_of(lambda line: line["title"] == "Репортаж от учебното пътуване до Дания")
    driver.get(f"{served.url}replay/{article}")
    told = replayed(driver, LOOKS)
    assert told["colour"] == "rgb(29, 77, 58)"  # --deep of the demo's style.css
    assert told["size"] == "30px"
    assert all(width > 0 for _, width, _ in told["pictures"]), told["pictures"]


def test_nothing_is_wider_than_a_phone(served: Served, look: Callable[..., Looked]) -> None:
    driver = look(360, 740).driver
    longest = max(served.lines, key=lambda line: len(line["title"]))["id"]
    dated = served.id_of(lambda line: len(line["images"]) > 2)
    table = next((line["id"] for line in served.lines if " | " in line["body"]), dated)
    paths = ["", f"?q={quote('клъстер')}", "about", "nothing", f"replay/{dated}"]
    paths += [f"article/{one}" for one in dict.fromkeys((longest, dated, table))]
    for path in paths:
        for language in ("bg", "en"):
            driver.get(f"{served.url}{path}{'&' if '?' in path else '?'}lang={language}")
            driver.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            wide, window = driver.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
            assert wide <= window, (path, language, wide)


def test_it_follows_the_readers_light_and_language(served: Served, look: Callable[..., Looked]) -> None:
    driver = look(language="en").driver
    grounds = []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        driver.get(served.url)
        grounds.append(driver.execute_script("return getComputedStyle(document.documentElement).backgroundColor"))
    assert grounds[0] != grounds[1]
    assert driver.find_element("tag name", "html").get_attribute("lang") == "en"
    driver.find_element("css selector", ".languages a[lang=bg]").click()
    driver.find_element("css selector", ".card h3 a").click()
    assert driver.find_element("tag name", "html").get_attribute("lang") == "bg"


def test_on_paper_an_article_is_its_text(served: Served, look: Callable[..., Looked]) -> None:
    driver = look(language="en").driver
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    driver.get(f"{served.url}article/{served.id_of(lambda line: line['attachments'])}")

    def shown(selector: str) -> list[bool]:
        return [one.is_displayed() for one in driver.find_elements("css selector", selector)]

    for left_out in (".top", ".foot", ".button", ".neighbours", "details:not([open])"):
        assert shown(left_out), left_out
        assert not any(shown(left_out)), left_out
    for kept in ("h1", ".kicker", ".address", ".picture.featured img", ".body p", ".documents li"):
        assert shown(kept), kept
        assert all(shown(kept)), kept
    colours = "const style = getComputedStyle(arguments[0]); return [style.color, style.backgroundColor];"
    assert driver.execute_script(colours, driver.find_element("tag name", "html")) == [
        "rgb(0, 0, 0)",
        "rgb(255, 255, 255)",
    ]
    driver.execute_script("document.querySelector('details').open = true;")
    assert any(shown("details table"))


def test_the_keyboard_reaches_the_content_first(served: Served, look: Callable[..., Looked]) -> None:
    driver = look().driver
    driver.get(served.url)
    driver.switch_to.active_element.send_keys(Keys.TAB)
    first = driver.switch_to.active_element
    assert str(first.get_attribute("href")).endswith("#content")
    assert first.rect["x"] >= 0


def test_it_ends_when_the_operator_says_so(served: Served) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "cluster_archive", "serve", served.collection, "--port", "0"],
        env=served.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "http://127.0.0.1:" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert "Traceback" not in process.stderr.read()
