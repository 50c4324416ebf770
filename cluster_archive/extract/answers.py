"""Answers that are no pages of the site though their status is 200: "not found", a login, a request for consent."""

from __future__ import annotations

import re

from cluster_archive.document import Document
from cluster_archive.items import Article

FEW_WORDS = 60
"""A page with more words is taken for what it says it is."""

_SAYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.IGNORECASE | re.VERBOSE))
    for reason, pattern in (
        (
            "not-found",
            r"""^\W*(?:error|грешка|fehler|erreur|errore|błąd|eroare|σφάλμα)\W*404\b | ^\W*404\W*(?:$|error|not|page|грешка|страниц|seite|fehler)
              | \b(?:page|content|article|post)\W+(?:(?:was|is|has|could|can|be|been)\W+)*(?:not|no\W+longer|cannot)\W+(?:be\W+)?(?:found|exists?|available)
              | \b(?:страница|съдържание|публикация)\w*\W+(?:\w+\W+){0,3}?не\W+(?:е\W+|беше\W+)?(?:намерен|съществува|откри)
              | \bне\W+е\W+намерен | \bняма\W+(?:такава|намерена)\W+страница
              | \bseite\W+(?:wurde\W+)?nicht\W+gefunden | \bpage\W+(?:introuvable|non\W+trouv) | \bpágina\W+no\W+encontrada
              | \bpagina\W+(?:non\W+trovata|nu\W+a\W+fost\W+găsită) | \bnie\W+znaleziono\W+strony | \bη\W+σελίδα\W+δεν\W+βρέθηκε
              | ^\W*not\W+found\W*$""",
        ),
        (
            "login",
            r"^\W*(?:(?:please\W+)?(?:log|sign)[\s-]*in\b | вход\W*$ | anmelden\W*$ | einloggen | connexion\W*$ | iniciar\W+sesi | accedi\W*$ | zaloguj)",
        ),
        (
            "consent",
            r"^\W*(?:before\W+you\W+continue | (?:we\W+)?(?:value|respect)\W+your\W+privacy | cookie\W+(?:consent|settings|notice)\W*$ | преди\W+да\W+продължите)",
        ),
        (
            "robot-check",
            r"^\W*(?:just\W+a\W+moment | attention\W+required | checking\W+(?:if|your) | are\W+you\W+(?:a\W+)?(?:human|robot) | verify\W+you\W+are\W+human | access\W+denied\W*$)",
        ),
    )
)


def said_instead(document: Document, article: Article) -> str | None:
    """What a page with few words says instead of an article, by its headline or title; None for an article."""
    if article.word_count >= FEW_WORDS or article.key_takeaways:
        return None
    titles = [article.title, "".join(document.root.xpath("string(//title)")).strip()]
    for reason, pattern in _SAYS:
        if any(pattern.search(title[:200]) for title in titles if title):
            return reason
    return None
