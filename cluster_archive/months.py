"""Months by their names, as dates have them in the languages of Europe."""

from __future__ import annotations

from collections import defaultdict

_EVERYWHERE = {
    "en": "january february march april may june july august september october november december",
    "bg": "януари февруари март април май юни юли август септември октомври ноември декември",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "el": "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
"""Months by language in the form that dates use; from three letters on, abbreviations are understood on pages of any language."""

_AT_HOME = {
    "hu": "január február március április május június július augusztus szeptember október november december",
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "sk": "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra",
    "sl": "januar februar marec april maj junij julij avgust september oktober november december",
    "hr": "siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca",
    "bs": "januar februar mart april maj juni juli avgust septembar oktobar novembar decembar",
    "sr": "јануар фебруар март април мај јун јул август септембар октобар новембар децембар",
    "mk": "јануари февруари март април мај јуни јули август септември октомври ноември декември",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "sv": "januari februari mars april maj juni juli augusti september oktober november december",
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "no": "januar februar mars april mai juni juli august september oktober november desember",
    "is": "janúar febrúar mars apríl maí júní júlí ágúst september október nóvember desember",
    "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta"
    " marraskuuta joulukuuta",
    "et": "jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember",
    "lv": "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
    "lt": "sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio",
    "sq": "janar shkurt mars prill maj qershor korrik gusht shtator tetor nëntor dhjetor",
    "tr": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ca": "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
}
"""The same for languages whose abbreviations are understood on their own pages alone."""

_NAMES = {language: names.split() for language, names in (_EVERYWHERE | _AT_HOME).items()}


def _numbers_anywhere() -> dict[str, int]:
    """Numbers by what means the same month wherever it means one: ``lip``, ``listopada`` do not."""
    meant: defaultdict[str, set[int]] = defaultdict(set)
    for language, names in _NAMES.items():
        for number, name in enumerate(names, 1):
            for length in range(3 if language in _EVERYWHERE else len(name), len(name) + 1):
                meant[name[:length]].add(number)
    return {part: numbers.pop() for part, numbers in meant.items() if len(numbers) == 1}


_ANYWHERE = _numbers_anywhere()


def month_number(word: str, language: str | None) -> int | None:
    """The number of the month that a word names or abbreviates on a page of that language (two letters, where it is known);
    None where it names none, or where the page's language and English, which stands on pages of all, mean different ones."""
    word = word.lower()
    own, english = _named(word, language), _named(word, "en")
    if own is not None and english is not None and own != english:
        return None
    return own or english or _ANYWHERE.get(word)


def _named(word: str, language: str | None) -> int | None:
    """The one month of a language whose name begins with a word; three plain letters are too often another word in the
    languages whose dates seldom have them (``pro`` in Czech)."""
    if len(word) < (4 if language in _AT_HOME and word.isascii() else 3):
        return None
    numbers = [number for number, name in enumerate(_NAMES.get(language or "", ()), 1) if name.startswith(word)]
    return numbers[0] if len(numbers) == 1 else None
