"""Faults of markup, text and names; and pages that say 200 but are no pages of the site."""

from __future__ import annotations

from .runner import Fault, Outcome
from .server import Asked, Wire, ok, post
from .transport import for_ever

LONG = "<p>" + "A sentence that goes on about the weather. " * 20 + "</p>"


def page(title: str, body: str = "", head: str = "") -> bytes:
    """A post with markup of its own."""
    return ok(post(title, body=body, head=head))


def _sends(make):  # type: ignore[no-untyped-def]
    """Makes a large page only when it is asked for."""

    def answer(wire: Wire, asked: Asked) -> bool:
        wire.send(make())
        return True

    return answer


def _clean(outcome: Outcome) -> str | None:
    bad = [
        line["url"]
        for line in outcome.lines
        for text in (line["title"], line["body"])
        if "\x00" in text or "\x1b" in text or "\ud800" in text
    ]
    return f"control characters in {bad}" if bad else None


def _inside(outcome: Outcome) -> str | None:
    return (
        None
        if all("/" not in one["file"] for one in outcome.report.get("warc_files", []))
        else "a name from a page became a path"
    )


def says(text: str, title: str = "Page") -> bytes:
    """A short page that says something else than an article does."""
    return ok(
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head><body class="single single-post">'
        f'<h1 class="entry-title">{title}</h1><div class="the_content_wrapper">{text}</div></body></html>'
    )


FAULTS = (
    Fault(name="tags-100000-deep", answer=_sends(lambda: page("Deep", "<div>" * 100_000 + "deep down" + "</div>" * 100_000)), archived="whole"),
    Fault(name="tags-a-million", answer=_sends(lambda: page("Wide", "<b>x</b>" * 1_000_000)), archived="whole", alone=True, quick=False),
    Fault(name="tags-unclosed", answer=page("Unclosed", "<div><p><span><table><tr><td>" * 500 + LONG), archived="whole"),
    Fault(name="attributes-100000", answer=_sends(lambda: page("Attributes", f"<p {' '.join(f'a{one}=x' for one in range(100_000))}>text</p>")), archived="whole"),
    Fault(name="attribute-of-10-mb", answer=_sends(lambda: page("Attribute", f'<img alt="{"x" * 10_000_000}" src="/pictures/one.png">')), archived="whole", alone=True, quick=False),
    Fault(name="line-of-30-mb", answer=_sends(lambda: page("Line", "<p>" + "word " * 6_000_000 + "</p>")), article=True, issue="too-large", archived="whole", alone=True),
    Fault(name="picture-inline-8-mb", answer=_sends(lambda: page("Inline", f'<img src="data:image/png;base64,{"A" * 8_000_000}">')), archived="whole", alone=True, quick=False),
    Fault(name="entities-a-million", answer=_sends(lambda: page("Entities", "<p>" + "&amp;" * 1_000_000 + "</p>")), archived="whole"),
    Fault(name="white-space-5-mb", answer=_sends(lambda: page("Blank", "<p>" + " \n\t" * 1_600_000 + "</p>")), archived="whole"),
    Fault(name="comment-unclosed", answer=page("Comment", "<!-- " + "never closed " * 1000), archived="whole"),
    Fault(name="script-unclosed", answer=page("Script", "<script>" + "var x = 1;" * 1000), archived="whole"),
    Fault(name="json-ld-broken", answer=page("Json", head='<script type="application/ld+json">{"@type": "Article", "headline": </script>'), article=True),
    Fault(name="json-ld-100000-deep", answer=page("Json deep", head='<script type="application/ld+json">' + "[" * 100_000 + "]" * 100_000 + "</script>"), article=True),
    Fault(name="json-ld-odd-types", answer=page("Json odd", head='<script type="application/ld+json">{"@type": ["Article"], "headline": 5, "datePublished": {"a": []}, "image": true, "author": 7}</script>'), article=True),
    Fault(name="dates-absurd", answer=page("Dates", head='<meta property="article:published_time" content="99999-99-99T99:99:99Z"><meta property="article:modified_time" content="-1">', body='<time datetime="0000-00-00">x</time>'), article=True),
    Fault(name="charset-unknown", answer=ok(post("Unknown charset"), "text/html; charset=klingon"), article=True),
    Fault(name="charset-wrong", answer=ok("Кирилица".encode("cp1251") + post("Wrong charset").encode(), "text/html; charset=utf-8"), archived="whole"),
    Fault(name="charset-utf-16", answer=ok(post("Wide letters").encode("utf-16"), "text/html"), archived="whole"),
    Fault(name="charset-utf-7", answer=ok(post("+ADw-script+AD4-"), "text/html; charset=utf-7"), archived="whole"),
    Fault(name="nul-bytes", answer=ok(post("Nul").replace(" ", " \x00", 50)), also=_clean, archived="whole"),
    Fault(name="control-characters", answer=page("Control \x01\x02\x1b[31m\x07\x9b", "<p>\x1b]0;owned\x07 \x1b[2J text</p>"), article=True, also=_clean),
    Fault(name="terminal-escapes", answer=page("\x1b[31mRed\x1b]8;;http://x\x07", "<p>&#27;[2J &#x9b;31m text</p>"), article=True, also=_clean),
    Fault(name="surrogates", answer=page("Lone &#xD800; surrogates \ufffd", "<p>&#xDFFF; &#xD83D;</p>"), article=True, also=_clean),
    Fault(name="directions", answer=page("Right \u202eot tfel\u202c", "<p>\u2066isolated\u2069 \u2028 \u2029 \u0085</p>"), article=True),
    Fault(name="zero-width", answer=page("Z\u200be\u200br\u200bo", "<p>" + "\u200b" * 10_000 + "</p>"), article=True),
    Fault(name="combining-marks", answer=page("Marks", "<p>e" + "\u0301" * 100_000 + "</p>"), article=True),
    Fault(name="title-of-1-mb", answer=page("T" * 1_000_000), archived="whole"),
    Fault(name="title-missing", answer=ok(f'<html><body class="single single-post"><div class="the_content_wrapper">{LONG}</div></body></html>'), archived="whole"),
    Fault(name="names-of-paths", answer=ok(post("Names of paths", body='<p><a href="/files/..%2f..%2fpasswd.pdf">x</a></p>'), "text/html; charset=utf-8", 'Content-Disposition: attachment; filename="../../../etc/cron.d/x"'), article=True, also=_inside),
    Fault(name="script-in-title", answer=page("<script>alert(1)</script>&lt;img src=x onerror=y&gt;"), archived="whole"),
    Fault(name="selectors-hostile", answer=page("Names", "<div class=\"'];x\" id='\"]'>text</div>"), article=True),
    Fault(name="html-as-picture", answer=page("Picture that is none", '<p><img src="/pictures/html.png"></p>'), others={"/pictures/html.png": ok("<html>no picture</html>", "image/png")}, article=True),
    Fault(name="picture-without-end", answer=page("Picture without end", '<p><img src="/pictures/huge.png"></p>'), others={"/pictures/huge.png": for_ever(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", b"x" * 65536)}, article=True, alone=True),
    Fault(name="binary-as-html", answer=ok(bytes(range(256)) * 2000, "text/html"), article=False, archived="whole"),
    Fault(name="pdf-as-html", answer=ok(b"%PDF-1.7\n" + b"\x00" * 1000, "text/html"), article=False, archived="whole"),
    Fault(name="type-missing", answer=ok(post("No type")).replace(b"Content-Type: text/html; charset=utf-8\r\n", b""), archived="whole"),
    Fault(name="type-garbage", answer=ok(post("Odd type"), "text/html;;;=\x01; charset"), archived="whole"),
    Fault(name="not-found-with-200", answer=says("<p>Sorry, the page that you were looking for could not be found.</p>", "Page not found"), article=False, archived="whole", told="not-found"),
    Fault(name="not-found-in-bulgarian", answer=says("<p>Страницата, която търсите, не съществува.</p>", "Страницата не е намерена"), article=False, archived="whole", told="not-found"),
    Fault(name="not-found-404-title", answer=says("<p>Go back to the front page.</p>", "404"), article=False, archived="whole", told="not-found"),
    Fault(name="login-wall", answer=says('<p>Please log in to read on.</p><form action="/login"><input name="user"><input type="password" name="p"></form>', "Log in"), article=False, archived="whole", told="login"),
    Fault(name="consent-page", answer=says("<p>Before you continue: we and our partners use cookies. Accept all cookies?</p><form><button>Accept all</button></form>", "Before you continue"), article=False, archived="whole", told="consent"),
    Fault(name="robot-check", answer=says("<p>Checking your browser before you may continue. Please enable JavaScript and cookies.</p>", "Just a moment..."), article=False, archived="whole", told="robot-check"),
    Fault(name="article-about-cookies", answer=page("Cookies, consent and page not found", "<p>An article that speaks of logins, cookies and pages that were not found.</p>"), article=True),
)  # fmt: skip
