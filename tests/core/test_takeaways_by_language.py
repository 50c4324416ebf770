"""Key takeaways in nine languages: generated pages, half of them with a list that is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from cluster_archive.captures import Capture
from cluster_archive.extract import extract
from cluster_archive.sites import Site, site_for_url

URL = "https://example.org/news/one/"

HEADINGS = {
    "bg": ("Основни изводи", "Ключови послания", "Накратко", "Научени уроци"),
    "en": ("Key takeaways", "Main conclusions", "In brief", "Lessons learned"),
    "de": ("Das Wichtigste in Kürze", "Wichtigste Erkenntnisse", "Zentrale Ergebnisse", "Auf einen Blick"),
    "fr": ("À retenir", "Principales conclusions", "L’essentiel", "En bref"),
    "es": ("Conclusiones principales", "Principales conclusiones", "En resumen", "Lecciones aprendidas"),
    "it": ("Punti chiave", "Principali conclusioni", "In sintesi", "Lezioni apprese"),
    "pl": ("Najważniejsze wnioski", "Główne wnioski", "W skrócie", "Kluczowe ustalenia"),
    "ro": ("Principalele concluzii", "Concluzii principale", "Pe scurt", "Lecții învățate"),
    "el": ("Κύρια συμπεράσματα", "Βασικά μηνύματα", "Με λίγα λόγια", "Σημαντικότερα ευρήματα"),
}
"""Headings that announce takeaways."""

SENTENCES = {
    "bg": "Основните изводи от срещата са следните:",
    "en": "The main conclusions of the meeting are the following:",
    "de": "Die wichtigsten Erkenntnisse des Treffens sind folgende:",
    "fr": "Les principales conclusions de la rencontre sont les suivantes :",
    "es": "Las principales conclusiones del encuentro son las siguientes:",
    "it": "Le principali conclusioni dell'incontro sono le seguenti:",
    "pl": "Najważniejsze wnioski ze spotkania są następujące:",
    "ro": "Principalele concluzii ale întâlnirii sunt următoarele:",
    "el": "Τα κύρια συμπεράσματα της συνάντησης είναι τα εξής:",
}

ITEMS = {
    "bg": ("Малките фирми имат нужда от общи лаборатории", "Обучението на място дава по-добри резултати", "Данните трябва да бъдат достъпни за всички"),
    "en": ("Small firms need laboratories that they can share", "Training on site gives better results than seminars", "Data have to be open to everybody"),
    "de": ("Kleine Firmen brauchen gemeinsame Labore", "Schulungen vor Ort bringen mehr als Seminare", "Daten müssen allen offenstehen"),
    "fr": ("Les petites entreprises ont besoin de laboratoires communs", "La formation sur place donne plus que les séminaires", "Les données doivent être ouvertes à tous"),
    "es": ("Las pequeñas empresas necesitan laboratorios comunes", "La formación en el lugar da más que los seminarios", "Los datos deben estar abiertos a todos"),
    "it": ("Le piccole imprese hanno bisogno di laboratori comuni", "La formazione sul posto vale più dei seminari", "I dati devono essere aperti a tutti"),
    "pl": ("Małe firmy potrzebują wspólnych laboratoriów", "Szkolenia na miejscu dają więcej niż seminaria", "Dane muszą być otwarte dla wszystkich"),
    "ro": ("Firmele mici au nevoie de laboratoare comune", "Instruirea la fața locului dă mai mult decât seminarele", "Datele trebuie să fie deschise tuturor"),
    "el": ("Οι μικρές επιχειρήσεις χρειάζονται κοινά εργαστήρια", "Η εκπαίδευση επί τόπου αποδίδει περισσότερο", "Τα δεδομένα πρέπει να είναι ανοιχτά σε όλους"),
}  # fmt: skip

OTHER_LISTS = {
    "bg": ("Участващи партньори в проекта:", "Програма на събитието:", "Документи:", "Целите на проекта са:", "Контакти"),
    "en": ("The partners of the project are:", "Programme of the event:", "Documents:", "The aims of the project are:", "Contacts"),
    "de": ("Die Partner des Projekts sind:", "Programm der Veranstaltung:", "Dokumente:", "Die Ziele des Projekts sind:", "Kontakt"),
    "fr": ("Les partenaires du projet sont :", "Programme de la journée :", "Documents :", "Les objectifs du projet sont :", "Contacts"),
    "es": ("Los socios del proyecto son:", "Programa del evento:", "Documentos:", "Los objetivos del proyecto son:", "Contactos"),
    "it": ("I partner del progetto sono:", "Programma dell'evento:", "Documenti:", "Gli obiettivi del progetto sono:", "Contatti"),
    "pl": ("Partnerzy projektu:", "Program wydarzenia:", "Dokumenty:", "Cele projektu:", "Kontakt"),
    "ro": ("Partenerii proiectului sunt:", "Programul evenimentului:", "Documente:", "Obiectivele proiectului sunt:", "Contact"),
    "el": ("Οι εταίροι του έργου είναι:", "Πρόγραμμα της εκδήλωσης:", "Έγγραφα:", "Οι στόχοι του έργου είναι:", "Επικοινωνία"),
}  # fmt: skip
"""Lines that announce lists of something else."""


def in_list(items: tuple[str, ...], tag: str = "ul") -> str:
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


SHAPES = {
    "heading and list": lambda cue, items: f"<h3>{cue}</h3>{in_list(items)}",
    "heading with a colon and numbers": lambda cue, items: f"<h4>{cue}:</h4>{in_list(items, 'ol')}",
    "bold line and list": lambda cue, items: f"<p><strong>{cue}</strong></p>{in_list(items)}",
    "box": lambda cue, items: f"<div class='summary-box'><div><b>{cue}</b></div>{in_list(items)}</div>",
    "typed dashes": lambda cue, items: f"<h2>{cue}</h2><p>{'<br>'.join(f'– {item}' for item in items)}</p>",
    "typed numbers": lambda cue, items: (
        f"<h3>{cue}</h3>" + "".join(f"<p>{at}. {item}</p>" for at, item in enumerate(items, 1))
    ),
}
"""Ways to write a list below its heading."""


def article_of(language: str, body: str) -> Capture:
    """A page of running text with a body in it."""
    text = "".join(f"<p>{'. '.join(ITEMS[language])}. {'. '.join(ITEMS[language])}.</p>" for _ in range(3))
    html = (
        f"<html lang='{language}'><head><title>A</title><meta property='og:type' content='article'></head><body><main>"
        f"<article><h1>A</h1><div class='text'>{text}{body}{text}</div></article></main></body></html>"
    )
    return Capture(
        url=URL,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),),
        payload=html.encode(),
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def positive() -> Iterator[object]:
    for language, headings in HEADINGS.items():
        for at, (name, shape) in enumerate(SHAPES.items()):
            for heading in (headings[at % 4], headings[(at + 1) % 4]):
                yield pytest.param(language, shape(heading, ITEMS[language]), id=f"{language}: {name}: {heading}")
        yield pytest.param(
            language, f"<p>{SENTENCES[language]}</p>{in_list(ITEMS[language])}", id=f"{language}: sentence"
        )


def negative() -> Iterator[object]:
    for language, lines in OTHER_LISTS.items():
        for line in lines:
            listed = in_list(ITEMS[language])
            yield pytest.param(language, f"<p>{line}</p>{listed}", id=f"{language}: line: {line}")
            yield pytest.param(language, f"<h3>{line}</h3>{listed}", id=f"{language}: heading: {line}")
        heading = HEADINGS[language][1]
        talk = f"<p>{heading}: {ITEMS[language][0]}. {ITEMS[language][1]}.</p><p>{ITEMS[language][2]}.</p>"
        yield pytest.param(language, talk, id=f"{language}: only talk of them")
        yield pytest.param(language, in_list(ITEMS[language]), id=f"{language}: a list without a cue")


@pytest.fixture(scope="module")
def site() -> Site:
    return site_for_url(URL)


@pytest.mark.parametrize(("language", "body"), list(positive()))
def test_takeaways_are_found_exactly(language: str, body: str, site: Site) -> None:
    assert extract(article_of(language, body), site).key_takeaways == ITEMS[language]


@pytest.mark.parametrize(("language", "body"), list(negative()))
def test_other_lists_are_none(language: str, body: str, site: Site) -> None:
    assert extract(article_of(language, body), site).key_takeaways == ()


def test_the_set_is_large_enough() -> None:
    found, silent = len(list(positive())), len(list(negative()))
    assert found + silent >= 150
    assert silent >= 75
