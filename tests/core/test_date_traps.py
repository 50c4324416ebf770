"""Dates that are not the article's: twenty-four languages, the same traps in each, with and without a date of publication."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from cluster_archive.captures import Capture
from cluster_archive.extract import date_evidence
from cluster_archive.sites import site_for_url

URL = "https://example.org/news/one/"
EVENT, CHANGED, PUBLISHED = date(2023, 5, 14), date(2024, 2, 3), date(2023, 5, 17)


@dataclass(frozen=True)
class Language:
    """Words of a language."""

    code: str
    months: str
    day: str
    published: str
    changed: str
    when: str
    happened: str
    latest: str


LANGUAGES = (
    Language("bg", "февруари май", "{d} {m} {y} г.", "Публикувано на {}", "Последно обновена на {}", "Кога: {}, София", "На {} в София се проведе кръгла маса за енергийна ефективност.", "Последни новини"),
    Language("en", "February May", "{d} {m} {y}", "Published on {}", "Last updated on {}", "When: {}, Sofia", "A round table on energy efficiency took place in Sofia on {}.", "Latest news"),
    Language("de", "Februar Mai", "{d}. {m} {y}", "Veröffentlicht am {}", "Zuletzt aktualisiert am {}", "Wann: {}, Wien", "Am {} fand in Wien ein runder Tisch zur Energieeffizienz statt.", "Neueste Beiträge"),
    Language("fr", "février mai", "{d} {m} {y}", "Publié le {}", "Mis à jour le {}", "Quand : {}, Lyon", "Une table ronde sur les économies de courant a eu lieu à Lyon le {}.", "Actualités"),
    Language("es", "febrero mayo", "{d} de {m} de {y}", "Publicado el {}", "Actualizado el {}", "Cuándo: {}, Bilbao", "El {} se celebró en Bilbao una mesa redonda sobre energía.", "Últimas noticias"),
    Language("it", "febbraio maggio", "{d} {m} {y}", "Pubblicato il {}", "Aggiornato il {}", "Quando: {}, Torino", "Il {} si è svolta a Torino una tavola rotonda sull'energia.", "Ultime notizie"),
    Language("pl", "lutego maja", "{d} {m} {y}", "Opublikowano {}", "Zaktualizowano {}", "Kiedy: {}, Kraków", "Dnia {} w Krakowie odbył się okrągły stół o energii.", "Najnowsze"),
    Language("ro", "februarie mai", "{d} {m} {y}", "Publicat la {}", "Actualizat la {}", "Când: {}, Cluj", "Pe {} a avut loc la Cluj o masă rotundă despre energie.", "Ultimele știri"),
    Language("el", "φεβρουαρίου μαΐου", "{d} {m} {y}", "Δημοσιεύθηκε στις {}", "Ενημερώθηκε στις {}", "Πότε: {}, Αθήνα", "Στις {} έγινε στην Αθήνα στρογγυλή τράπεζα για την ενέργεια.", "Τελευταία νέα"),
    Language("pt", "fevereiro maio", "{d} de {m} de {y}", "Publicado em {}", "Atualizado em {}", "Quando: {}, Porto", "Em {} realizou-se no Porto uma mesa redonda sobre energia.", "Últimas notícias"),
    Language("nl", "februari mei", "{d} {m} {y}", "Gepubliceerd op {}", "Laatst bijgewerkt op {}", "Wanneer: {}, Gent", "Op {} vond in Gent een rondetafel over energie plaats.", "Laatste nieuws"),
    Language("hu", "február május", "{y}. {m} {d}.", "Megjelent: {}", "Frissítve: {}", "Mikor: {}, Győr", "Kerekasztalt tartottak az energiáról Győrben {} napján délután.", "Friss hírek"),
    Language("cs", "února května", "{d}. {m} {y}", "Publikováno {}", "Aktualizováno {}", "Kdy: {}, Brno", "Dne {} se v Brně konal kulatý stůl o energii.", "Aktuality"),
    Language("sk", "februára mája", "{d}. {m} {y}", "Zverejnené {}", "Aktualizované {}", "Kedy: {}, Košice", "Dňa {} sa v Košiciach konal okrúhly stôl o energii.", "Aktuality"),
    Language("hr", "veljače svibnja", "{d}. {m} {y}.", "Objavljeno {}", "Ažurirano {}", "Kada: {}, Rijeka", "Okrugli stol o energiji održan je u Rijeci {} u podne.", "Novosti"),
    Language("sl", "februar maj", "{d}. {m} {y}", "Objavljeno {}", "Posodobljeno {}", "Kdaj: {}, Celje", "V Celju je bila {} okrogla miza o energiji.", "Novice"),
    Language("sv", "februari maj", "{d} {m} {y}", "Publicerad {}", "Uppdaterad {}", "Plats: Lund, {}", "Den {} hölls ett rundabordssamtal om energi i Lund.", "Nyheter"),
    Language("da", "februar maj", "{d}. {m} {y}", "Publiceret {}", "Opdateret {}", "Hvornår: {}, Odense", "Den {} blev der holdt et møde om energi i Odense.", "Nyheder"),
    Language("no", "februar mai", "{d}. {m} {y}", "Publisert {}", "Oppdatert {}", "Sted: Bergen, {}", "Den {} ble det holdt et møte om energi i Bergen.", "Nyheter"),
    Language("fi", "helmikuuta toukokuuta", "{d}. {m} {y}", "Julkaistu {}", "Päivitetty {}", "Milloin: {}, Turku", "Turussa pidettiin {} pyöreän pöydän keskustelu energiasta ja taloudesta.", "Uutiset"),
    Language("et", "veebruar mai", "{d}. {m} {y}", "Avaldatud {}", "Uuendatud {}", "Millal: {}, Tartu", "Tartus toimus {} ümarlaud energia ja majanduse teemal.", "Uudised"),
    Language("lv", "februāris maijs", "{y}. gada {d}. {m}", "Publicēts {}", "Atjaunots {}", "Vieta: Rīga, {}", "Rīgā {} notika apaļā galda saruna par enerģiju.", "Jaunumi"),
    Language("lt", "vasario gegužės", "{y} m. {m} {d} d.", "Paskelbta {}", "Atnaujinta {}", "Vieta: Kaunas, {}", "Kaune {} vyko apskritojo stalo diskusija apie energiją.", "Naujienos"),
    Language("uk", "лютого травня", "{d} {m} {y}", "Опубліковано {}", "Оновлено {}", "Коли: {}, Львів", "У Львові {} відбувся круглий стіл про енергію.", "Новини"),
)  # fmt: skip

TRAPS = {
    "an event in the text": "<h1>{title}</h1><p>{happened}</p>{text}",
    "an event under the headline": "<h1>{title}</h1><p>{when}</p>{text}",
    "a change under the headline": "<h1>{title}</h1><p class='meta'>{changed}</p>{text}",
    "a change in the markup": "<h1>{title}</h1><time class='updated' datetime='2024-02-03'>3.2.2024</time>{text}",
    "a copyright": "<h1>{title}</h1>{text}<div>© {event}</div>",
    "a comment": "<h1>{title}</h1>{text}<div id='comments'><p>{event}</p><time datetime='2023-05-14'></time></div>",
    "the older and the newer post": "<h1>{title}</h1>{text}<nav class='post-navigation'><a href='/b/'>B <span class='date'>{event}</span></a></nav>",
    "a related post": "<h1>{title}</h1>{text}<div class='related-posts'><article><h4><a href='/b/'>B</a></h4><time datetime='2023-05-14'>{event}</time></article></div>",
    "the latest news beside it": "<aside><h3>{latest}</h3><ul><li><a href='/b/'>B</a> <span>{event}</span></li></ul></aside><h1>{title}</h1>{text}",
    "an upload": "<h1>{title}</h1><img src='/wp-content/uploads/2023/05/14.jpg'>{text}<a href='/files/2023-05-14.pdf'>PDF</a>",
}
"""Pages without a date of publication; `{event}` is another day."""

TOLD = {
    "in words": "<h1>{title}</h1><p>{published}</p><p>{happened}</p>{text}",
    "in markup": "<h1>{title}</h1><time datetime='2023-05-17T09:00:00+03:00'>17.05</time><p>{when}</p>{text}",
    "in words beside the change": "<h1>{title}</h1><p>{published} | {changed}</p>{text}",
    "above the headline": "<p>{published}</p><h1>{title}</h1>{text}",
}
"""Pages that tell when they were published."""


def page(language: Language, pattern: str) -> Capture:
    """A page of the pattern in a language."""
    february, may = language.months.split()

    def day(of: date) -> str:
        return language.day.format(d=of.day, m=may if of.month == 5 else february, y=of.year)

    body = pattern.format(
        title=language.latest + " 1",
        text=f"<p>{(language.happened.replace('{}', '') + ' ') * 4}</p>" * 3,
        event=day(EVENT),
        happened=language.happened.format(day(EVENT)),
        when=language.when.format(day(EVENT)),
        changed=language.changed.format(day(CHANGED)),
        published=language.published.format(day(PUBLISHED)),
        latest=language.latest,
    )
    html = f"<html lang='{language.code}'><head><title>1</title></head><body><main>{body}</main></body></html>"
    return Capture(
        url=URL,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        payload=html.encode(),
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def cases(patterns: dict[str, str]) -> Iterator[object]:
    for language in LANGUAGES:
        for name, pattern in patterns.items():
            yield pytest.param(language, pattern, id=f"{language.code}: {name}")


@pytest.mark.parametrize(("language", "pattern"), list(cases(TRAPS)))
def test_another_date_is_never_taken(language: Language, pattern: str) -> None:
    assert date_evidence(page(language, pattern), site_for_url(URL)) == ()


@pytest.mark.parametrize(("language", "pattern"), list(cases(TOLD)))
def test_the_date_of_publication_is_taken(language: Language, pattern: str) -> None:
    found = date_evidence(page(language, pattern), site_for_url(URL))
    assert found
    assert found[0].day == PUBLISHED
    assert found[0].raw
