"""The English posts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cluster_archive.demo.model import ENGLISH, SOFIA, Piece, Post, slug_of
from cluster_archive.demo.pieces import bullets, heading, inline_picture, paragraph, raw, theme_gallery, upload

TAKEAWAYS = (
    "Clusters shorten the way from an idea to a product;",
    "Small companies need shared laboratories;",
    "Training on site works better than single seminars.",
)
SENTENCES = (
    "The meeting took place on {day} in {town} and brought together {count} people.",
    "Companies showed what they had learned about saving water and energy.",
    "In the afternoon the guests visited a plant that recycles plastics.",
    "The manager of the cluster thanked the partners for their trust.",
    "The next meeting is planned for autumn, when the first measurements will be ready.",
)
TOWNS = ("Plovdiv", "Vienna", "Ghent", "Sofia", "Valencia")


def lead(seed: int) -> tuple[Piece, ...]:
    """Two opening paragraphs that differ from post to post."""
    given = {"day": f"{1 + seed} May 20{12 + seed % 12}", "town": TOWNS[seed % 5], "count": 20 + seed * 4}
    return tuple(
        paragraph(f"{SENTENCES[(seed + n) % 5].format(**given)} {SENTENCES[(seed + n + 2) % 5].format(**given)}")
        for n in range(2)
    )


def _drafts() -> Iterator[tuple[str, str, tuple[Piece, ...], dict[str, Any]]]:
    taken = bullets(*TAKEAWAYS, takeaways=True)
    photo = upload("conference.jpg", "2016/04", ENGLISH)
    yield (
        "drop cap",
        "Cluster welcomes guests at the conference",
        (
            raw(
                '<p><span class="dropcap">G</span>reen Horizon Cluster welcomed guests of nine countries.</p>',
                "Green Horizon Cluster welcomed guests of nine countries.",
            ),
            *lead(0),
        ),
        {"featured": photo},
    )
    yield (
        "takeaways: sentence",
        "What we learned in Ghent",
        (*lead(1), paragraph("The main conclusions of the discussion are the following:"), taken),
        {},
    )
    yield (
        "takeaways: heading",
        "Water technologies forum",
        (*lead(2), heading("Key takeaways"), taken),
        {"features": frozenset({"meta"})},
    )
    yield (
        "takeaways: bold line",
        "Round table on green procurement",
        (*lead(3), raw("<p><strong>Key messages:</strong></p>", "Key messages:"), taken),
        {},
    )
    yield (
        "takeaways: dashes",
        "Study visit to Denmark",
        (
            *lead(4),
            paragraph("Lessons learned:"),
            raw(
                "<p>" + "<br>".join(f"- {item}" for item in TAKEAWAYS) + "</p>",
                "\n".join(f"- {item}" for item in TAKEAWAYS),
                takeaways=TAKEAWAYS,
            ),
        ),
        {},
    )
    yield (
        "takeaways: numbered list",
        "Conference on the circular economy",
        (
            *lead(5),
            paragraph("Among the results, the key findings were:"),
            bullets(*TAKEAWAYS, takeaways=True, tag="ol"),
        ),
        {},
    )
    yield (
        "no takeaways: agenda",
        "Agenda of the open day",
        (*lead(6), paragraph("Agenda:"), bullets("9:00 Registration", "10:00 Opening")),
        {},
    )
    yield (
        "no takeaways: partners",
        "New project on soil sensors",
        (*lead(7), paragraph("Project partners:"), bullets("University of Plovdiv", "Aqua Test Ltd")),
        {},
    )
    yield (
        "no takeaways: prose",
        "Report published",
        (
            *lead(8),
            paragraph("The key findings will be presented by the authors next week."),
            paragraph("Copies were sent to:"),
            bullets("the ministry", "the municipality"),
        ),
        {},
    )
    yield (
        "gallery",
        "Pictures of the exhibition",
        (*lead(9), theme_gallery((photo, upload("stand.png", "2016/04", ENGLISH)))),
        {},
    )
    for number, title in enumerate(
        (
            "New member of the cluster",
            "Training for energy auditors",
            "Laboratory opens its doors",
            "Delegation visits the cluster",
            "Young engineers begin their work",
            "Meeting on biogas",
        ),
        10,
    ):
        yield (
            "ordinary",
            title,
            (*lead(number), inline_picture(upload(f"news-{number}.jpg", "2018/01", ENGLISH))),
            {"features": frozenset({"meta"}) if number % 2 else frozenset()},
        )


def english_posts() -> list[Post]:
    """The posts, oldest first."""
    start, taken = datetime(2013, 2, 5, 9, 15, tzinfo=SOFIA), set[str]()
    return [
        Post(
            number=700 + number,
            title=title,
            slug=slug_of(title, taken),
            moment=start + timedelta(days=number * 270, minutes=number * 31),
            case=case,
            language="en",
            categories=("News",),
            pages=(pieces,),
            **more,
        )
        for number, (case, title, pieces, more) in enumerate(_drafts())
    ]
