"""Cues: the phrases that announce key takeaways, by language, as data.

`strong` phrases announce takeaways in a heading, a bold line or a sentence; `weak` ones only as a whole heading or line,
since in prose they mean anything. Each is a regular expression over folded text in lower case.
"""

from __future__ import annotations

STRONG: dict[str, tuple[str, ...]] = {
    "bg": (
        r"(?:най[- ]?|по-)?(?:основн|главн|ключов|важн|съществен|водещ|централн)\w*(?: \w+)?(?: и (?:най-|по-)?\w+)?"
        r" (?:извод|заключени|послани|акцент|резултат|поук|констатаци|урок|уроци|препорък)\w*",
        r"(?:направен|извлечен|формулиран|обобщен)\w* (?:следн\w* )?(?:извод|заключени|поук)\w*",
        r"(?:научени|извлечени)\w* (?:поуки|уроци)\w*",
        r"(?:следн\w*|общи\w*|някои) (?:извод|заключени|поук)\w*",
    ),
    "en": (
        r"(?:key|main|major|principal|chief|most important|important|core|central|top|general|overall)(?: \w+)?"
        r" (?:take-?aways?|take aways?|conclusions?|messages?|findings?|insights?|lessons(?: learn\w+)?|outcomes?|learnings?|results|recommendations)",
        r"lessons learn(?:ed|t)",
        r"(?:following|general|some) (?:conclusions|take-?aways|lessons|findings)",
        r"(?:conclusions|findings|lessons|take-?aways) (?:drawn|reached|were|are)\b",
        r"take-?aways",
    ),
    "de": (
        r"(?:wichtigst|zentral|wesentlich|wichtig)\w* (?:erkenntniss?e?|ergebniss?e?|schlussfolgerungen|botschaften|aussagen|fazits?|learnings)\w*",
        r"(?:kernaussagen|kernbotschaften|kernergebnisse|haupterkenntnisse|hauptergebnisse|schlüsselerkenntnisse)",
    ),
    "fr": (
        r"(?:principa(?:ux|les?)|essentiel\w*|grand\w*) (?:conclusions?|enseignements?|résultats?|messages?|constats?)",
        r"(?:conclusions?|enseignements?|messages?|points?|résultats?) (?:principa(?:ux|les)|clés?|essentiel\w*|à retenir)",
        r"ce qu.il faut retenir",
    ),
    "es": (
        r"(?:principales|grandes) (?:conclusiones|mensajes|resultados|enseñanzas|aprendizajes|hallazgos)",
        r"(?:conclusiones|mensajes|puntos|hallazgos|aprendizajes|ideas|resultados) (?:principales|clave|más importantes)",
        r"lecciones aprendidas",
    ),
    "it": (
        r"(?:principali|maggiori) (?:conclusioni|messaggi|risultati|insegnamenti|evidenze)",
        r"(?:conclusioni|messaggi|punti|risultati) (?:principali|chiave|salienti)",
        r"lezioni apprese",
    ),
    "pl": (
        r"(?:najważniejsz|główn|kluczow)\w* (?:wniosk|przesłani|rezultat|ustaleni|wynik|lekcj)\w*",
        r"wyciągnięt\w* wniosk\w*",
    ),
    "ro": (
        r"(?:principalele|cele mai importante) (?:concluzii|mesaje|rezultate|învățăminte|idei)",
        r"(?:concluzi\w+|mesaje\w*|rezultate\w*|idei\w*) (?:principale|cheie)",
        r"lecții(?:le)? învățate",
    ),
    "el": (
        r"(?:κύρια|βασικά|κυριότερα|σημαντικότερα) (?:συμπεράσματα|μηνύματα|αποτελέσματα|ευρήματα|διδάγματα|σημεία)",
    ),
}

NOUNS = tuple(
    """извод заключени послани акцент резултат поук констатаци урок уроци препорък
    take conclusion message finding insight lesson outcome learning result recommendation
    erkenntnis ergebnis schlussfolgerung botschaft aussage fazit
    enseignement résultat constat point retenir mensaje enseñanza aprendizaje hallazgo punto idea lecciones
    messagg risultat insegnament evidenz punti lezioni
    wniosk przesłani rezultat ustaleni wynik lekcj concluzi mesaj învăț idei lecții
    συμπεράσματα μηνύματα αποτελέσματα ευρήματα διδάγματα σημεία""".split()
)
"""What strong phrases name: a line without any of these has none."""

WEAK: dict[str, tuple[str, ...]] = {
    "bg": (
        r"извод(?:и|ите)?(?: (?:от|на|след) .{1,60})?",
        r"заключени(?:е|я|ята|ето)(?: (?:от|на|след) .{1,60})?",
        r"поуки(?:те)?(?: (?:от|на) .{1,60})?",
        r"(?:какво (?:научихме|да запомним|да знаем)|за запомняне|накратко|в резюме|резюме|обобщение|най-важното(?: .{1,40})?|послания(?:та)?(?: (?:от|на) .{1,60})?)",
        r"резултати(?:те)? накратко",
    ),
    "en": (
        r"(?:in (?:brief|short|summary|a nutshell)|at a glance|summary|highlights|conclusions?|take-?away|tl;?dr)",
        r"(?:key|main) (?:points|facts|highlights)(?: (?:from|of) .{1,60})?",
        r"conclusions (?:of|from) .{1,60}",
        r"what (?:we(?:'ve| have)? learn(?:ed|t)|you need to know|to remember|to take away)(?: .{1,40})?",
        r"the (?:bottom line|essentials)",
    ),
    "de": (
        r"(?:das )?wichtigste(?: \w+)? in kürze",
        r"auf einen blick",
        r"(?:fazit|zusammenfassung|kernpunkte|in kürze)",
    ),
    "fr": (r"(?:l.essentiel|en bref|à retenir|en résumé|points? clés?|conclusions?)(?: .{1,30})?",),
    "es": (r"(?:en resumen|en breve|lo esencial|claves|puntos clave|conclusiones)(?: .{1,30})?",),
    "it": (r"(?:in sintesi|in breve|punti chiave|conclusioni)(?: .{1,30})?",),
    "pl": (r"(?:w skrócie|podsumowanie|wnioski|najważniejsze informacje)(?: .{1,30})?",),
    "ro": (r"(?:pe scurt|concluzii|rezumat|idei principale)(?: .{1,30})?",),
    "el": (r"(?:συμπεράσματα|με λίγα λόγια|συνοπτικά)(?: .{1,30})?",),
}

NOT_TAKEAWAYS = (
    r"партньор|член(?:ове|овете)|участник|участващ|лектор|програма(?:та)? (?:на|включва|за)|дневен ред|документ|контакт|връзки|линк|цел(?:и|ите) |дейност"
    r"|partner|\bmembers?\b|participants?|speakers?|agenda|programme (?:of|includes)|documents?|contacts?|\blinks?\b|\baims?\b|objectives?|activities"
)
"""Words of a sentence that announces another list."""
