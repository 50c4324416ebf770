"""Visit: what a reader asks for, and how it is answered in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode

from cluster_archive.items import Article
from cluster_archive.web import texts, words


class NotHere(Exception):
    """There is nothing at that address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a reader asks for, and in which language."""

    language: str
    """The language to speak."""
    path: str = "/"
    """The path asked for."""
    query: tuple[tuple[str, str], ...] = ()
    """The parameters asked for; `lang` among them only where the reader chose a language."""

    def get(self, name: str) -> str:
        """A parameter; empty where it is not given."""
        return next((value for key, value in self.query if key == name), "")

    def link(self, path: str, **parameters: object) -> str:
        """An address of the reading room that keeps the language that the reader chose."""
        asked = {"lang": self.get("lang"), **parameters}
        told = urlencode({name: value for name, value in asked.items() if value not in ("", None)})
        return f"{path}?{told}" if told else path

    def with_parameters(self, **parameters: object) -> str:
        """This address with some parameters replaced."""
        return self.link(self.path, **{**dict(self.query), **parameters})

    def say(self, key: str, **values: object) -> str:
        """A text in the reader's language."""
        return texts.TEXTS[self.language][key].format(**values)

    def count(self, number: int, one: str, many: str, **values: object) -> str:
        """A text that counts."""
        return self.say(one if number == 1 else many, n=words.number_in_words(number, self.language), **values)

    def day(self, day: date | str | None) -> str:
        """A day in words; says so where there is none."""
        if day is None:
            return self.say("no_date")
        return words.day_in_words(date.fromisoformat(day) if isinstance(day, str) else day, self.language)

    def moment(self, moment: datetime) -> str:
        """A moment in words."""
        return words.moment_in_words(moment, self.language)

    def timestamp(self, timestamp: str) -> str:
        """A 14-digit UTC time in words."""
        try:
            return self.moment(datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
        except ValueError:
            return timestamp

    def size(self, size: int) -> str:
        """A number of bytes in words."""
        return words.size_in_words(size, self.language)

    def bounds(self, article: Article) -> str:
        """What is known of the day of an article that has none."""
        first, last = article.date_not_before, article.date_not_after
        if first and last:
            return self.say("between", first=self.day(first), last=self.day(last))
        if first:
            return self.say("not_before", first=self.day(first))
        return self.say("not_after", last=self.day(last)) if last else self.say("no_date")
