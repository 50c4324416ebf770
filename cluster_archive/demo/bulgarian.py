"""The Bulgarian posts and the projects: ordinary news, and a post for each hard case that the real site's family holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cluster_archive.demo.model import BULGARIAN, SOFIA, Piece, Post, slug_of
from cluster_archive.demo.pieces import (
    background,
    block_gallery,
    bullets,
    captioned,
    core_gallery,
    foreign,
    heading,
    inline_picture,
    lazy_picture,
    paragraph,
    picture_element,
    quote_block,
    raw,
    scaled_picture,
    table,
    theme_gallery,
    upload,
)

TOPICS = (
    ("Среща на фирмите за пречистване на води", "технологии за пречистване на води", "Пловдив"),
    ("Обучение за енергийни одитори", "енергийна ефективност в малките предприятия", "Стара Загора"),
    ("Посещение на завод за рециклиране на пластмаси", "рециклиране на опаковки", "Асеновград"),
    ("Клъстерът на изложението „Вода и почва“", "напоителни системи", "София"),
    ("Нов член на клъстера", "сензори за влажност на почвата", "Хасково"),
    ("Работна среща по проект за биогаз", "производство на биогаз от отпадъци", "Ямбол"),
    ("Ден на отворените врати в лабораторията", "изпитване на филтърни материали", "Пловдив"),
    ("Делегация от Австрия гостува на клъстера", "обмен на опит в управлението на клъстери", "Виена"),
    ("Кръгла маса за зелени обществени поръчки", "зелени обществени поръчки", "Бургас"),
    ("Стартира програма за млади инженери", "стажове в предприятията", "Русе"),
)
SENTENCES = (
    "Събитието се проведе на {day} в {town} и събра над {count} участници от страната и чужбина.",
    "Темата беше {topic}, а домакините показаха и как тя изглежда на практика.",
    "Представителите на фирмите разказаха за трудностите, които срещат при намирането на подготвени хора.",
    "Експертите от университета обясниха кои решения вече са изпитани и кои тепърва предстоят.",
    "Следобед гостите разгледаха производствената площадка и зададоха многобройни въпроси.",
    "Управителят на клъстера благодари на партньорите за доверието и за общата работа през годината.",
    "Предвижда се следващата среща да бъде през есента, когато ще бъдат готови и първите измервания.",
    "Всички материали от срещата са на разположение на членовете на клъстера.",
    "Общината изрази готовност да предостави терен за пилотната инсталация.",
    "В дискусията се включиха и представители на браншовите организации.",
)
MONTHS = "януари февруари март април май юни юли август септември октомври ноември декември".split()

TAKEAWAYS = (
    "Сътрудничеството между фирми и университети скъсява пътя от идеята до продукта;",
    "Малките предприятия имат нужда от общи лаборатории и споделено оборудване;",
    "Обучението на място дава по-добри резултати от еднократните семинари;",
    "Необходими са устойчиви партньорства и ясни правила за данните.",
)
CUE = "Основните изводи от срещата са следните:"
_LIST = bullets(*TAKEAWAYS, takeaways=True)


def _sentence(number: int, seed: int) -> str:
    """A sentence of the bank, filled in from the number of the post."""
    _, topic, town = TOPICS[seed % len(TOPICS)]
    day = f"{1 + seed * 7 % 27} {MONTHS[seed * 5 % 12]} {2012 + seed % 13} г."
    return SENTENCES[number % len(SENTENCES)].format(day=day, town=town, topic=topic, count=30 + seed * 3)


def lead(seed: int, count: int = 2) -> tuple[Piece, ...]:
    """Opening paragraphs that differ from post to post."""
    return tuple(paragraph(f"{_sentence(seed + n, seed)} {_sentence(seed + n + 3, seed + n)}") for n in range(count))


def _typed(mark: str) -> str:
    return "<br>\n".join(f"{mark} {item}" for item in TAKEAWAYS)


def _with_marks(mark: str) -> tuple[str, ...]:
    return tuple(f"{mark} {item}" for item in TAKEAWAYS)


def _takeaway_shapes() -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """Takeaways as editors type them."""
    yield "sentence, list", (paragraph(CUE), _LIST)
    yield (
        "sentence, numbered list",
        (paragraph("Бяха направени следните основни изводи:"), bullets(*TAKEAWAYS, takeaways=True, tag="ol")),
    )
    yield "heading, list", (heading("Ключови изводи"), _LIST)
    yield "bold line, list", (raw("<p><strong>Основни резултати</strong></p>", "Основни резултати"), _LIST)
    yield "capitals", (paragraph("ОСНОВНИ ИЗВОДИ:"), _LIST)
    yield (
        "no-break spaces",
        (raw("<p>Основните&nbsp;изводи&nbsp;от срещата са:</p>", "Основните\u00a0изводи\u00a0от срещата са:"), _LIST),
    )
    yield "empty paragraph between", (paragraph(CUE), raw("<p>&nbsp;</p>"), _LIST)
    yield "picture between", (paragraph(CUE), inline_picture(upload("diagrama.png", "2017/03")), _LIST)
    yield (
        "dashes with line breaks",
        (paragraph(CUE), raw(f"<p>{_typed('–')}</p>", "\n".join(_with_marks("–")), takeaways=TAKEAWAYS)),
    )
    yield (
        "cue and dashes in one paragraph",
        (
            raw(
                f"<p>Основни изводи:<br>{_typed('-')}</p>",
                "\n".join(("Основни изводи:", *_with_marks("-"))),
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield (
        "bullets in paragraphs",
        (
            paragraph(CUE),
            raw("".join(f"<p>• {item}</p>" for item in TAKEAWAYS), *_with_marks("•"), takeaways=TAKEAWAYS),
        ),
    )
    yield (
        "numbers in paragraphs",
        (
            paragraph(CUE),
            raw(
                "".join(f"<p>{n}. {item}</p>" for n, item in enumerate(TAKEAWAYS, 1)),
                *(f"{n}. {item}" for n, item in enumerate(TAKEAWAYS, 1)),
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield (
        "cue inside a list",
        (
            raw(
                "<ul><li>Основни изводи:<ul>" + "".join(f"<li>{item}</li>" for item in TAKEAWAYS) + "</ul></li></ul>",
                "- Основни изводи:",
                *(f"- {item}" for item in TAKEAWAYS),
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield (
        "list in a column",
        (
            paragraph(CUE),
            raw(
                f'<div class="column one-second column_column"><div class="column_attr">{_LIST.html}</div></div>',
                *_LIST.text,
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield "heading, sentence, list", (heading("Изводи"), paragraph("Участниците се обединиха около следното:"), _LIST)
    yield "heading of a conclusion", (heading("Заключения", 2), _LIST)
    yield (
        "cue behind other sentences",
        (paragraph("Срещата премина в делова атмосфера. Основните изводи, които могат да бъдат извлечени, са:"), _LIST),
    )
    yield "messages", (paragraph("Ключовите послания на конференцията:"), _LIST)
    yield (
        "table",
        (
            paragraph("Основните резултати от проекта са следните:"),
            raw(
                "<table><tbody>"
                + "".join(f"<tr><td>{n}</td><td>{item}</td></tr>" for n, item in enumerate(TAKEAWAYS, 1))
                + "</tbody></table>",
                "\n".join(f"{n} | {item}" for n, item in enumerate(TAKEAWAYS, 1)),
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield (
        "another list behind",
        (paragraph(CUE), _LIST, paragraph("В срещата участваха:"), bullets("Аква Тест ООД", "Институт по почвознание")),
    )
    yield (
        "emphasised items",
        (
            paragraph(CUE),
            raw(
                "<ul>" + "".join(f"<li><em>{item}</em></li>" for item in TAKEAWAYS) + "</ul>",
                *(f"- {item}" for item in TAKEAWAYS),
                takeaways=TAKEAWAYS,
            ),
        ),
    )
    yield (
        "paragraphs in items",
        (
            paragraph(CUE),
            raw(
                "<ul>" + "".join(f"<li><p>{item}</p></li>" for item in TAKEAWAYS) + "</ul>",
                *(f"- {item}" for item in TAKEAWAYS),
                takeaways=TAKEAWAYS,
            ),
        ),
    )


def _other_lists() -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """Lists that are no takeaways."""
    yield (
        "agenda",
        (
            paragraph("Програмата на деня включваше:"),
            bullets("9:00 – регистрация", "10:00 – откриване", "12:30 – обяд"),
        ),
    )
    yield (
        "partners",
        (
            paragraph("Участващи партньори в проекта:"),
            bullets("Клъстер „Води“, Румъния", "Технически университет, Гърция", "Община Родопи"),
        ),
    )
    yield "members", (heading("Нови членове на клъстера"), bullets("Аква Тест ООД", "Еко Филтър АД"))
    yield (
        "documents",
        (
            paragraph("Документи за кандидатстване:"),
            raw(
                f'<ul><li><a href="{upload("pokana.pdf")}">Покана</a></li><li><a href="{upload("formular.docx")}">Формуляр</a></li></ul>',
                "- Покана",
                "- Формуляр",
                attachments=(upload("pokana.pdf"), upload("formular.docx")),
            ),
        ),
    )
    yield (
        "links",
        (
            heading("Полезни връзки"),
            raw('<ul><li><a href="https://ec.europa.eu/">Европейска комисия</a></li></ul>', "- Европейска комисия"),
        ),
    )
    yield (
        "aims",
        (paragraph("Основните цели на проекта са:"), bullets("да намали разхода на вода", "да обучи сто души")),
    )
    yield (
        "cue in prose",
        (
            paragraph(
                "Основните изводи от изследването бяха представени от проф. Николова и предизвикаха оживен разговор."
            ),
            paragraph("Семинарът продължи с посещения на:"),
            bullets("пречиствателната станция", "лабораторията за филтри"),
        ),
    )
    yield "contacts", (paragraph("За въпроси:"), bullets("телефон 032 000 000", "office@example.org"))
    yield "prices", (paragraph("Такси за участие:"), bullets("членове: безплатно", "гости: 20 лв."))


def _special() -> Iterator[tuple[str, str, tuple[tuple[Piece, ...], ...], dict[str, Any]]]:
    """Case, title, pages and more of the posts that test something."""
    pictures = tuple(upload(f"snimka-{n}.jpg", "2015/09") for n in range(1, 5))
    one: tuple[Piece, ...] = lead(41)
    yield (
        "theme gallery, linked files",
        "Галерия от посещението във Виена",
        ((*one, theme_gallery(pictures)),),
        {"featured": upload("viena.jpg", "2015/09")},
    )
    yield (
        "theme gallery, attachment pages",
        "Снимки от изложението за водни технологии",
        ((*lead(42), theme_gallery(pictures[:3], "attachment")),),
        {},
    )
    yield (
        "theme gallery, no links",
        "Още снимки от лабораторията",
        ((*lead(43), theme_gallery(pictures[1:], "none", 3, ("Филтри", "Проби"))),),
        {},
    )
    yield "core gallery", "Галерия от ученическия конкурс", ((*lead(44), core_gallery(pictures[:2])),), {}
    yield (
        "block gallery",
        "Конференция за кръгова икономика в снимки",
        ((*lead(45), block_gallery(pictures)),),
        {"features": frozenset({"meta"})},
    )
    yield "block gallery, linked", "Вечер на клъстерите", ((*lead(46), block_gallery(pictures[:3], linked=True)),), {}
    yield (
        "lazy pictures",
        "Изложба на детски рисунки за водата",
        ((*lead(47), lazy_picture(upload("risunka.jpg", "2020/10")), lazy_picture(upload("plakat.png", "2020/10"))),),
        {},
    )
    yield (
        "background picture",
        "Обявяваме прием на стажанти",
        ((*lead(48), background(upload("fon.jpg", "2021/02"), "Кандидатствайте до края на месеца.")),),
        {},
    )
    yield (
        "picture element",
        "Модернизация на помпената станция",
        ((*lead(49), picture_element(upload("stanciya.webp", "2022/04"))),),
        {},
    )
    yield (
        "scaled pictures",
        "Снимки с дрон от пилотното поле",
        (
            (
                *lead(50),
                scaled_picture(upload("dron-scaled.jpg", "2021/07")),
                inline_picture(upload("pole.jpg", "2021/07")),
            ),
        ),
        {"featured": upload("pole-golyamo.jpg", "2021/07")},
    )
    yield (
        "kinds of files",
        "Лого, плакат и значка на проекта",
        (
            (
                *lead(51),
                inline_picture(upload("logo-proekt.png", "2019/03"), linked=False),
                inline_picture(upload("znachka.gif", "2019/03"), linked=False),
                inline_picture(upload("plakat.webp", "2019/03")),
            ),
        ),
        {},
    )
    yield (
        "Cyrillic and spaced names",
        "Снимки от пленарната сесия",
        (
            (
                *lead(52),
                raw(
                    f'<p><img src="{BULGARIAN}/wp-content/uploads/2018/06/пленарна сесия.jpg" alt=""></p>',
                    images=(BULGARIAN + quote("/wp-content/uploads/2018/06/пленарна сесия.jpg"),),
                ),
            ),
        ),
        {},
    )
    yield (
        "pictures of other hosts",
        "Партньорите за нас",
        (
            (
                *lead(53),
                foreign("partner.jpg"),
                foreign("plakat-partner.png", bare=True),
                raw('<p><img src="data:image/png;base64,iVBORw0KGgo=" alt=""></p>'),
            ),
        ),
        {},
    )
    yield (
        "captions",
        "Подписан е меморандум за сътрудничество",
        (
            (
                *lead(54),
                captioned(upload("podpisvane.jpg", "2014/11"), "Подписването на меморандума"),
                paragraph("Документът влиза в сила от началото на следващата година."),
            ),
        ),
        {},
    )
    yield (
        "pictures alone",
        "Фоторазказ от есенния поход",
        ((inline_picture(pictures[0]), inline_picture(pictures[2])),),
        {},
    )
    yield (
        "video",
        "Филм за работата на клъстера",
        (
            (
                *lead(55),
                raw(
                    '<p><iframe width="560" height="315" src="https://www.youtube.com/embed/abc" title="YouTube"></iframe></p><div class="content_video"><iframe data-src="https://www.youtube.com/embed/def"></iframe></div>'
                ),
            ),
        ),
        {"featured": upload("film.jpg", "2018/02"), "features": frozenset({"video"})},
    )
    yield (
        "drop cap",
        "Разговор с управителя на клъстера",
        (
            (
                raw(
                    '<p><span class="dropcap">К</span>лъстерът навърши пет години, а плановете му са за още двадесет.</p>',
                    "Клъстерът навърши пет години, а плановете му са за още двадесет.",
                ),
                *lead(56),
            ),
        ),
        {"features": frozenset({"love", "share"})},
    )
    yield (
        "quote and rule",
        "Какво казаха гостите",
        (
            (
                *lead(57, 1),
                quote_block("Видяхме добре подредена работа и хора, които знаят защо я вършат."),
                raw("<hr>"),
                paragraph("Следващото гостуване е през пролетта."),
            ),
        ),
        {},
    )
    yield (
        "columns",
        "Две нови лаборатории",
        (
            (
                raw(
                    '<div class="column one-second"><p>Първата лаборатория изпитва мембрани.</p></div><div class="column one-second"><p>Втората измерва качеството на почвата.</p></div>',
                    "Първата лаборатория изпитва мембрани.",
                    "Втората измерва качеството на почвата.",
                ),
            ),
        ),
        {},
    )
    yield (
        "builder",
        "Покана за годишна конференция",
        (
            (
                paragraph("Каним ви на годишната конференция на клъстера."),
                paragraph("Входът е свободен, а местата са сто и двадесет."),
                inline_picture(upload("pokana.jpg", "2022/09")),
            ),
        ),
        {"features": frozenset({"builder", "author"})},
    )
    yield (
        "parts",
        "Репортаж от учебното пътуване до Дания",
        (
            (*lead(58), inline_picture(upload("daniya-1.jpg", "2016/10"))),
            (
                heading("Ден втори"),
                paragraph("Вторият ден започна в пристанището на Орхус."),
                inline_picture(upload("daniya-2.jpg", "2016/10")),
            ),
            (heading("Ден трети"), paragraph(CUE), _LIST),
        ),
        {"featured": upload("daniya.jpg", "2016/10")},
    )
    yield (
        "password",
        "Защитено: Вътрешни материали за членове",
        ((paragraph("Този текст виждат само членовете."),),),
        {"features": frozenset({"password"})},
    )
    for _ in range(3):
        yield "equal titles", "Предстоящо събитие", (lead(60 + _),), {}
    yield "no title", "", ((paragraph("Съобщение без заглавие, публикувано набързо от телефон."), *lead(64)),), {}
    yield (
        "long title",
        "Клъстерът участва в международната конференция за устойчиво управление на водните ресурси, кръгова икономика и зелени технологии в селското стопанство, организирана от министерството съвместно с браншовите камари и университетите",
        (lead(65),),
        {},
    )
    yield (
        "marks in the title",
        'Фирма „Вода & Син“ с награда "Зелена идея" – категория <5 служители',
        (lead(66),),
        {"features": frozenset({"meta", "related"})},
    )
    yield (
        "150 paragraphs",
        "Пълен запис на дискусията",
        (tuple(paragraph(f"{n}. {_sentence(n, n)}") for n in range(1, 151)),),
        {},
    )
    yield (
        "read more",
        "Новини накратко от седмицата",
        ((paragraph("Три срещи и едно обучение за пет дни."), raw('<p><span id="more-77"></span></p>'), *lead(67)),),
        {},
    )
    yield "sticky", "Добре дошли на новия ни сайт", (lead(68),), {"features": frozenset({"sticky", "comments"})}
    yield "old slug", "Отчет за работата през годината", (lead(69),), {"old_slug": "otchet-star"}
    yield (
        "documents",
        "Поръчка за доставка на оборудване",
        (
            (
                *lead(70, 1),
                raw(
                    f'<p>Изтеглете <a href="{upload("obyava.pdf", "2019/06")}">обявата</a> и <a href="{upload("oferta.docx", "2019/06")}">образеца</a>.</p>',
                    "Изтеглете обявата и образеца.",
                    attachments=(upload("obyava.pdf", "2019/06"), upload("oferta.docx", "2019/06")),
                ),
            ),
        ),
        {},
    )
    yield (
        "text from Word",
        "Резолюция на общото събрание",
        (
            (
                raw(
                    '<p class="MsoNormal"><span lang="BG" style="font-family: Times">Общото събрание прие отчета.<o:p></o:p></span></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoListParagraph">Мандатът на съвета е <b>две</b> години.</p>',
                    "Общото събрание прие отчета.",
                    "Мандатът на съвета е две години.",
                ),
            ),
        ),
        {},
    )
    yield (
        "div with breaks",
        "Съобщение за членовете",
        (
            (
                raw(
                    "<div>Уважаеми членове,<br>срещата се отлага.<br><br>Новата дата ще бъде обявена скоро.</div>",
                    "Уважаеми членове,\nсрещата се отлага.",
                    "Новата дата ще бъде обявена скоро.",
                ),
            ),
        ),
        {},
    )
    yield (
        "invisible characters",
        "Нов адрес на офиса",
        (
            (
                raw(
                    "<p>Офисът&nbsp;се пре\u00adмества на нов адрес: ул.\u200b „Централна“ 5.</p>",
                    "Офисът\u00a0се премества на нов адрес: ул. „Централна“ 5.",
                ),
            ),
        ),
        {},
    )
    yield (
        "scripts and comments",
        "Анкета за обученията",
        (
            (
                paragraph("Попълнете кратката анкета."),
                raw(
                    '<script>var poll = "Текст в скрипт";</script><style>.poll { color: red }</style><!-- Скрит коментар -->'
                ),
                paragraph("Резултатите ще бъдат публикувани."),
            ),
        ),
        {},
    )
    yield (
        "second h1",
        "Програма за обмен на опит",
        ((*lead(71, 1), heading("Кой може да кандидатства", 1), paragraph("Всички фирми, членове на клъстера.")),),
        {},
    )
    yield (
        "table",
        "График на обученията",
        (
            (
                *lead(72, 1),
                table(("Дата", "Тема", "Град"), ("12.03.2016", "Филтри", "Пловдив"), ("19.03.2016", "Помпи", "Русе")),
            ),
        ),
        {},
    )
    yield (
        "odd links",
        "Връзки към партньори",
        (
            (
                raw(
                    '<p>Пишете на <a href="mailto:office@example.org">пощата</a>, <a href="tel:+359">обадете се</a> или вижте <a href="javascript:void(0)">тук</a>, <a href="#top">горе</a>, <a href="/?p=999999">там</a> и <a href="http://[broken">никъде</a>.</p>',
                    "Пишете на пощата, обадете се или вижте тук, горе, там и никъде.",
                ),
            ),
        ),
        {},
    )
    yield (
        "nested list",
        "Структура на клъстера",
        (
            (
                *lead(73, 1),
                raw(
                    "<ul><li>Съвет<ul><li>председател</li><li>секретар</li></ul></li><li>Работни групи</li></ul>",
                    "- Съвет",
                    "- председател",
                    "- секретар",
                    "- Работни групи",
                ),
            ),
        ),
        {},
    )
    for coding in ("cp1251-meta", "cp1251-header", "cp1251-wrong"):
        yield (
            coding,
            f"Стара страница в старо кодиране ({coding.partition('-')[2]})",
            (lead(74),),
            {"features": frozenset({coding})},
        )


FIXED_MOMENTS = {
    "drop cap": datetime(2016, 2, 29, 10, 0, tzinfo=SOFIA),
    "captions": datetime(2014, 11, 6, 0, 30, tzinfo=SOFIA),
    "quote and rule": datetime(2017, 5, 10, 0, 5, tzinfo=SOFIA),
    "columns": datetime(2017, 7, 14, 23, 59, tzinfo=SOFIA),
    "core gallery": datetime(2015, 6, 3, 12, 0, 0, tzinfo=SOFIA),
    "block gallery, linked": datetime(2015, 6, 3, 12, 0, 0, tzinfo=SOFIA),  # two posts in one second
}


def bulgarian_posts() -> list[Post]:
    """The posts, oldest first."""
    drafts: list[tuple[str, str, tuple[tuple[Piece, ...], ...], dict[str, Any]]] = list(_special())
    for number, (case, pieces) in enumerate(_takeaway_shapes()):
        drafts.append(
            (
                f"takeaways: {case}",
                f"{TOPICS[number % 10][0]}: изводи {number + 1}",
                ((*lead(number), *pieces, paragraph("Организаторите благодарят на всички.")),),
                {},
            )
        )
    for number, (case, pieces) in enumerate(_other_lists()):
        drafts.append(
            (
                f"no takeaways: {case}",
                f"{TOPICS[(number + 3) % 10][0]}, част {number + 1}",
                ((*lead(number + 30), *pieces),),
                {},
            )
        )
    for number, (title, _, town) in enumerate(TOPICS):
        features = (
            frozenset({"meta"}) if number % 3 == 0 else frozenset({"related"}) if number % 3 == 1 else frozenset()
        )
        featured = upload(f"vodeshta-{number}.jpg", "2013/04") if number % 2 == 0 else None
        drafts.append(
            ("ordinary", f"{title} в {town}", (lead(number + 80, 3),), {"features": features, "featured": featured})
        )
    order = sorted(range(len(drafts)), key=lambda index: index * 37 % len(drafts))
    start, taken, posts = datetime(2012, 1, 16, 11, 20, tzinfo=SOFIA), set[str](), []
    for place, index in enumerate(order):
        case, title, pages, more = drafts[index]
        if place % 5 in (0, 2, 3) and not more:
            more = {"featured": upload(f"novina-{place}.jpg", f"{2012 + place // 6}/0{1 + place % 9}")}
        moment = FIXED_MOMENTS.get(case) or start + timedelta(days=place * 58, minutes=place * 47 % 400)
        posts.append(
            Post(
                number=100 + index,
                title=title,
                slug=slug_of(title.removeprefix("Защитено: "), taken),
                moment=moment,
                case=case,
                pages=pages,
                **more,
            )
        )
    return sorted(posts, key=lambda post: (post.moment, post.number))


def projects() -> list[Post]:
    """The projects, in both languages."""
    names = (
        ("Воден град", "Water City", "voden-grad"),
        ("Кръгови села", "Circular Villages", "kragovi-sela"),
        ("Чист въздух в училище", "Clean Air at School", "chist-vazduh"),
        ("Млади инженери", "Young Engineers", "mladi-inzheneri"),
        ("Умна почва", "Smart Soil", "umna-pochva"),
        ("Биогаз за общините", "Biogas for Towns", "biogaz"),
    )
    made = []
    for number, (name, english, slug) in enumerate(names):
        moment = datetime(2019 + number, 3 + number, 4, 9, 0, tzinfo=SOFIA)
        text: tuple[Piece, ...] = (
            paragraph(f"Проектът „{name}“ започна на 1.0{number + 2}.20{19 + number} и ще продължи две години."),
            paragraph(_sentence(number + 1, number)),
            inline_picture(upload(f"proekt-{slug}.jpg", "2020/01")),
        )
        made.append(
            Post(
                number=500 + number,
                title=f"Проект „{name}“",
                slug=slug,
                moment=moment,
                case="project",
                kind="project",
                pages=(text,),
            )
        )
        if number < 3:
            text = (
                paragraph(
                    f"The project “{english}” began on 1.0{number + 2}.20{19 + number} and will last for two years."
                ),
                paragraph("Five partners of three countries work together on its pilots."),
            )
            made.append(
                Post(
                    number=520 + number,
                    title=f"Project “{english}”",
                    slug=slug,
                    moment=moment + timedelta(days=1),
                    case="project",
                    kind="project",
                    language="en",
                    pages=(text,),
                )
            )
    return sorted(made, key=lambda post: (post.moment, post.number))
