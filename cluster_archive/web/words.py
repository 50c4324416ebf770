"""What the reading room says, in each of its languages; days and moments as their readers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

LANGUAGES = {"bg": "Български", "en": "English"}
"""The languages of the reading room, each by its own name."""

_BULGARIAN = {
    "skip": "Към съдържанието",
    "articles": "Статии",
    "about": "За колекцията",
    "language": "Език на страницата",
    "pages": "Страници",
    "search": "Търсене",
    "search_in": "Търсене в заглавията и текстовете",
    "search_hint": "Думи или „точен израз“ в кавички",
    "find": "Търси",
    "clear": "Изчисти",
    "filter_language": "Език",
    "filter_category": "Рубрика",
    "filter_year": "Година",
    "all": "Всички",
    "count_one": "{n} статия",
    "count_many": "{n} статии",
    "found_one": "{n} статия за {query}",
    "found_many": "{n} статии за {query}",
    "found_none": "Няма статия, в която да се срещат всички тези думи.",
    "found_none_advice": "Опитайте с по-малко думи или само с началото им: „клъстер“ намира и „клъстерите“.",
    "empty": "В тази колекция още няма статии.",
    "empty_advice": "Обходете сайта с „cluster-archive crawl“, или направете данните наново от архива с „cluster-archive extract“, и опреснете страницата.",
    "newer": "По-нови",
    "older": "По-стари",
    "page_of": "Страница {page} от {pages}",
    "undated": "Без дата",
    "no_date": "без дата",
    "between": "между {first} и {last}",
    "not_before": "не по-рано от {first}",
    "not_after": "не по-късно от {last}",
    "untitled": "(без заглавие)",
    "takeaways": "Основни изводи",
    "pictures": "Снимки",
    "picture": "Снимка {n}",
    "not_captured": "не е в архива",
    "documents": "Документи",
    "download": "изтегляне",
    "see_again": "Виж страницата, както изглеждаше",
    "original": "Адрес на оригинала",
    "published": "Публикувана",
    "published_at": "Час на публикуване",
    "modified_at": "Последна промяна",
    "authors": "Автори",
    "categories": "Рубрики",
    "tags": "Етикети",
    "summary": "Резюме",
    "words": "Думи",
    "alternates": "На други езици",
    "details": "Подробности",
    "evidence": "Откъде знаем това",
    "evidence_intro": "Всяко поле е прочетено от уловената страница. Тук е показано къде е стояло и какво е пишело там.",
    "field": "Поле",
    "method": "Как е намерено",
    "place": "Място в страницата",
    "raw": "Както е написано",
    "seen_on": "Видяно на",
    "title": "Заглавие",
    "date": "Дата",
    "body": "Текст",
    "key_takeaways": "Основни изводи",
    "image_links": "Снимки",
    "nothing": "няма",
    "doubts": "Съмнения",
    "record": "Запис в архива",
    "record_intro": "Редът в данните е прочетен от този запис. Байтовете му са такива, каквито са дошли по мрежата.",
    "file": "Файл",
    "offset": "Отместване",
    "length": "Дължина",
    "record_id": "Идентификатор",
    "digest": "Контролна сума",
    "captured_at": "Уловена",
    "download_record": "Изтегли само този запис",
    "json": "Статията като JSON",
    "bytes": "{n} байта",
    "captures": "Улавяния",
    "captures_intro": "Всички улавяния на адреса в тази колекция; съдържанието се променя, когато се промени контролната сума.",
    "captures_none": "Адресът не е в указателя на архива.",
    "versions": "Версии",
    "version_n": "Версия {n} на текста; видяна за първи път {first}, за последен {last}.",
    "when": "Кога",
    "status": "Отговор",
    "content": "Съдържание",
    "same": "същото",
    "changed": "ново",
    "replay": "виж",
    "neighbours": "Съседни статии",
    "next_article": "По-нова",
    "previous_article": "По-стара",
    "back": "Назад към статията",
    "replay_title": "Уловена страница",
    "replay_of": "Така изглеждаше страницата на {when}.",
    "replay_frame": "Уловената страница",
    "replay_scripts": "Показването на уловени страници е единственото, за което са нужни скриптове.",
    "no_replay": "За да виждате страниците, както са изглеждали, спрете сървъра и го пуснете с „cluster-archive serve --get-replay“.",
    "no_replay_host": "Уловените страници се показват само през 127.0.0.1 или localhost, защото браузърът иска защитена връзка за тях.",
    "no_capture": "Адресът не е в указателя на архива, затова няма какво да се покаже.",
    "collection": "Колекция",
    "in_dataset": "Статии в данните",
    "unreadable": "Нечетливи редове",
    "span": "Период",
    "runs": "Обхождания",
    "runs_none": "Няма отчети.",
    "run_verb": "Действие",
    "verdict": "Как завърши",
    "warcs": "Файлове на архива",
    "size": "Размер",
    "downloads": "За изтегляне",
    "dataset_jsonl": "Данните (JSON Lines, статия на ред)",
    "wacz": "Архивът в един файл (WACZ)",
    "fixity": "Последна проверка",
    "fixity_none": "Архивът още не е проверяван; това прави „cluster-archive verify“.",
    "fixity_good": "{when}: няма повреди.",
    "fixity_bad": "{when}: намерени повреди: {n}.",
    "made_by": "Читалня на cluster_archive: само на този компютър, нищо не се изпраща навън.",
    "error_404": "Няма такава страница.",
    "error_421": "Този сървър отговаря само на имената, с които е пуснат.",
    "error_405": "Тук се чете, не се пише.",
    "error_other": "Нещо се обърка; подробностите са в терминала, от който е пуснат сървърът.",
    "home": "Към всички статии",
}

_ENGLISH = {
    "skip": "Skip to the content",
    "articles": "Articles",
    "about": "About this collection",
    "language": "Language of this page",
    "pages": "Pages",
    "search": "Search",
    "search_in": "Search in titles and texts",
    "search_hint": "Words, or an “exact phrase” in quotation marks",
    "find": "Search",
    "clear": "Clear",
    "filter_language": "Language",
    "filter_category": "Category",
    "filter_year": "Year",
    "all": "All",
    "count_one": "{n} article",
    "count_many": "{n} articles",
    "found_one": "{n} article for {query}",
    "found_many": "{n} articles for {query}",
    "found_none": "No article has all of these words.",
    "found_none_advice": "Try fewer words, or only how they begin: “cluster” finds “clusters” too.",
    "empty": "There are no articles in this collection yet.",
    "empty_advice": "Crawl the site with “cluster-archive crawl”, or make the dataset again from the archive with “cluster-archive extract”, and reload this page.",
    "newer": "Newer",
    "older": "Older",
    "page_of": "Page {page} of {pages}",
    "undated": "Without a date",
    "no_date": "no date",
    "between": "between {first} and {last}",
    "not_before": "not before {first}",
    "not_after": "not after {last}",
    "untitled": "(untitled)",
    "takeaways": "Key takeaways",
    "pictures": "Pictures",
    "picture": "Picture {n}",
    "not_captured": "not in the archive",
    "documents": "Documents",
    "download": "download",
    "see_again": "See the page as it looked",
    "original": "Original address",
    "published": "Published",
    "published_at": "Time of publication",
    "modified_at": "Last change",
    "authors": "Authors",
    "categories": "Categories",
    "tags": "Tags",
    "summary": "Summary",
    "words": "Words",
    "alternates": "In other languages",
    "details": "Details",
    "evidence": "How we know",
    "evidence_intro": "Each field was read from the captured page. This is where it stood, and what it said there.",
    "field": "Field",
    "method": "Found by",
    "place": "Place in the page",
    "raw": "As written",
    "seen_on": "Seen on",
    "title": "Title",
    "date": "Date",
    "body": "Text",
    "key_takeaways": "Key takeaways",
    "image_links": "Pictures",
    "nothing": "none",
    "doubts": "Doubts",
    "record": "Record in the archive",
    "record_intro": "The line of the dataset was read from this record. Its bytes are those that came over the wire.",
    "file": "File",
    "offset": "Offset",
    "length": "Length",
    "record_id": "Record id",
    "digest": "Payload digest",
    "captured_at": "Captured",
    "download_record": "Download this record alone",
    "json": "The article as JSON",
    "bytes": "{n} bytes",
    "captures": "Captures",
    "captures_intro": "All captures of the address in this collection; the content has changed where the digest has.",
    "captures_none": "The address is not in the archive's index.",
    "versions": "Versions",
    "version_n": "Version {n} of the text; first seen {first}, last seen {last}.",
    "when": "When",
    "status": "Answer",
    "content": "Content",
    "same": "the same",
    "changed": "new",
    "replay": "see",
    "neighbours": "Neighbouring articles",
    "next_article": "Newer",
    "previous_article": "Older",
    "back": "Back to the article",
    "replay_title": "Captured page",
    "replay_of": "This is how the page looked on {when}.",
    "replay_frame": "The captured page",
    "replay_scripts": "Showing captured pages is the only thing here that needs scripts.",
    "no_replay": "To see pages as they looked, stop the server and start it with “cluster-archive serve --get-replay”.",
    "no_replay_host": "Captured pages are shown through 127.0.0.1 or localhost only, since browsers ask for a secure connection.",
    "no_capture": "The address is not in the archive's index, so there is nothing to show.",
    "collection": "Collection",
    "in_dataset": "Articles in the dataset",
    "unreadable": "Lines that cannot be read",
    "span": "Period",
    "runs": "Runs",
    "runs_none": "There are no reports.",
    "run_verb": "Verb",
    "verdict": "How it ended",
    "warcs": "Files of the archive",
    "size": "Size",
    "downloads": "Downloads",
    "dataset_jsonl": "The dataset (JSON Lines, an article a line)",
    "wacz": "The archive in one file (WACZ)",
    "fixity": "Last check",
    "fixity_none": "The archive has not been checked yet; “cluster-archive verify” does it.",
    "fixity_good": "{when}: no faults.",
    "fixity_bad": "{when}: {n} fault(s) found.",
    "made_by": "Reading room of cluster_archive: on this machine alone, nothing is sent out.",
    "error_404": "There is no such page.",
    "error_421": "This server answers only to the names that it was started with.",
    "error_405": "This is for reading, not for writing.",
    "error_other": "Something went wrong; the details are in the terminal that runs the server.",
    "home": "To all articles",
}

TEXTS = {"bg": _BULGARIAN, "en": _ENGLISH}
"""The texts by language; the same keys in each."""

ISSUES = {
    "bg": {
        "missing": "няма го в страницата, нито другаде в обхождането",
        "bounded": "страницата не дава деня; съседните статии го ограничават",
        "sources-disagree": "източниците сочат различни дни",
        "bounds-contradict": "дните на съседните статии си противоречат",
        "protected": "страницата иска парола",
        "part-missing": "следваща част на статията не е уловена",
        "charset": "кодировката на страницата не е тази, която тя посочва",
        "too-large": "страницата е твърде голяма и е прочетена само отчасти",
        "cut": "страницата е дошла непълна",
        "bad-coding": "страницата не можа да се разкодира докрай",
        "unknown-coding": "страницата е кодирана по непознат начин",
        "too-deep": "страницата е вложена твърде дълбоко",
    },
    "en": {
        "missing": "not in the page, nor elsewhere in the crawl",
        "bounded": "the page does not give the day; its neighbours bound it",
        "sources-disagree": "the sources name different days",
        "bounds-contradict": "the neighbours' days contradict each other",
        "protected": "the page asks for a password",
        "part-missing": "a further part of the article was not captured",
        "charset": "the page's character set is not the one that it declares",
        "too-large": "the page is too large and was read in part",
        "cut": "the page came incomplete",
        "bad-coding": "the page could not be decoded to its end",
        "unknown-coding": "the page is coded in an unknown way",
        "too-deep": "the page is nested too deeply",
    },
}
"""Codes of issues in plain words (docs/dataset.md, "Issues")."""

_MONTHS = {
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември".split(),
    "en": "January February March April May June July August September October November December".split(),
}


def language_for(wanted: str | None, accepted: str, default: str | None) -> str:
    """The language to speak: the one asked for, else the operator's, else the first of `Accept-Language` that is spoken."""
    if wanted in LANGUAGES:
        return wanted
    if default in LANGUAGES:
        return default
    ranked = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            ranked.append((-float(quality or 1), place, name.strip().lower()[:2]))
        except ValueError:
            continue
    return next((name for _, _, name in sorted(ranked) if name in LANGUAGES), "en")


def day_in_words(day: date, language: str) -> str:
    """A day: ``14 ноември 2017 г.``, ``14 November 2017``."""
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} {month} {day.year}" + (" г." if language == "bg" else "")


def moment_in_words(moment: datetime, language: str) -> str:
    """A moment in UTC: ``14 ноември 2017 г., 08:30 UTC``."""
    moment = moment.astimezone(UTC)
    return f"{day_in_words(moment.date(), language)}, {moment:%H:%M} UTC"


def size_in_words(size: int, language: str) -> str:
    """A number of bytes: ``1.4 MB``, ``1,4 MB``."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            told = f"{size / step:.1f} {unit}"
            return told.replace(".", ",") if language == "bg" else told
    return f"{size} B"


def number_in_words(number: int, language: str) -> str:
    """A number with its thousands apart."""
    return f"{number:,}".replace(",", "\u00a0" if language == "bg" else ",")
