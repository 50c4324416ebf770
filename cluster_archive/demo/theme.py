"""Pages in the theme's structure: nesting and class names are facts of the theme, the markup and the look are our own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from cluster_archive.demo.model import BULGARIAN, ENGLISH, Parts, Post
from cluster_archive.demo.pieces import sized, upload

WORDS = {
    "bg": {
        "site": "Зелен хоризонт",
        "motto": "Клъстер за води, почви и кръгова икономика",
        "home": "Начало",
        "about": "За нас",
        "news": "Новини",
        "projects": "Проекти",
        "calendar": "Календар",
        "contact": "Контакти",
        "all": "Покажи всички",
        "more": "Прочети още",
        "related": "Свързани новини",
        "latest": "Последни новини",
        "by": "Публикувано от",
        "on": "на",
        "password": "Съдържанието е защитено с парола. Въведете я, за да го видите:",
        "missing": "Страницата не е намерена",
    },
    "en": {
        "site": "Green Horizon Cluster",
        "motto": "Cluster for water, soil and the circular economy",
        "home": "Home",
        "about": "About us",
        "news": "News",
        "projects": "Projects",
        "calendar": "Calendar",
        "contact": "Contact",
        "all": "Show all",
        "more": "Read more",
        "related": "Related news",
        "latest": "Latest news",
        "by": "Published by",
        "on": "on",
        "password": "This content is password protected. To view it please enter your password:",
        "missing": "Page not found",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a page is drawn with."""

    parts: Parts
    """What of the site is on."""
    posts: Sequence[Post]
    """Public posts of the host, newest first."""


def page(
    title: str,
    body: str,
    *,
    classes: str,
    language: str,
    host: str,
    setting: Setting,
    head: str = "",
    heading: str = "",
    crumbs: str = "",
) -> str:
    """A whole page of the site."""
    words = WORDS[language]
    listing = setting.parts.listings
    name = f"{escape(title)} &#8211; {words['site']}" if title else words["site"]
    links = [("/", "home"), ("/about/", "about")]
    links += [("/news/", "news")] if listing else []
    links += [("/projects/", "projects")] if listing and language == "bg" else []
    links += [("/kalendar/?mesec=2024-05&amp;den=14", "calendar"), ("/contact/", "contact")]
    menu = "".join(
        f'<li class="menu-item"><a href="{host}{path}"><span>{words[word]}</span></a></li>' for path, word in links
    )
    other = (
        f'<li class="menu-item lang"><a href="{ENGLISH}/"><span>EN</span></a></li>'
        if language == "bg"
        else f'<li class="menu-item lang"><a href="{BULGARIAN}/"><span>BG</span></a></li>'
    )
    machine = (
        f'<link rel="alternate" type="application/rss+xml" title="{words["site"]}" href="{host}/feed/">'
        if setting.parts.feed
        else ""
    )
    machine += f'<link rel="https://api.w.org/" href="{host}/wp-json/">' if setting.parts.rest else ""
    subheader = (
        f'<div id="Subheader"><div class="container"><h1 class="title">{heading}</h1>{crumbs}</div></div>'
        if heading is not None and "home" not in classes.split()
        else ""
    )
    return f"""<!DOCTYPE html>
<html class="no-js" lang="{"bg-BG" if language == "bg" else "en-US"}" itemscope itemtype="http://schema.org/Article">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
{machine}{head}
<link rel="stylesheet" id="wp-block-library-css" href="{host}/wp-includes/css/dist/block-library/style.css?ver=6.1">
<link rel="stylesheet" href="{host}/wp-content/themes/horizon/style.css">
<link rel="icon" href="{upload("icon-32x32.png", "2016/10", host)}" sizes="32x32">
<script src="{host}/wp-content/themes/horizon/js/menu.js"></script>
<meta name="generator" content="WordPress 6.1">
</head>
<body class="{classes}">
<div id="Wrapper">
<div id="Header_wrapper">
<header id="Header"><div id="Top_bar"><div class="container"><a id="logo" href="{host}/" title="{words["site"]}"><img class="logo-main" src="{upload("logo.png", "2016/10", host)}" alt="logo" width="44" height="44"><span>{words["site"]}</span></a>
<nav id="menu"><ul class="menu">{menu}{other}</ul></nav></div></div></header>
{subheader}
</div>
<div id="Content"><div class="content_wrapper clearfix"><div class="sections_group">
{body}
</div></div></div>
<footer id="Footer"><div class="footer_copy"><div class="container"><div class="copyright">&copy; 2025 {words["site"]}. {words["motto"]}.</div></div></div></footer>
</div>
</body>
</html>"""


def post_page(post: Post, number: int, setting: Setting) -> str:
    """A page of a post or a project; `number` counts the pages of a post in parts from 1."""
    words = WORDS[post.language]
    title = escape(post.title, quote=False)
    older, newer = _neighbours(post, setting)
    if post.kind == "project":
        classes = f"portfolio-template-default single single-portfolio postid-{post.number}"
    else:
        classes = f"post-template-default single single-post postid-{post.number} single-format-{'video' if 'video' in post.features else 'standard'}"
    classes += f" paged-{number} single-paged-{number}" if number > 1 else ""
    own = post.url if number == 1 else f"{post.url}{number}/"
    head = f'<link rel="canonical" href="{escape(own)}"><link rel="shortlink" href="{post.host}/?p={post.number}">'
    head += (
        f'<link rel="alternate" type="application/json" href="{post.host}/wp-json/wp/v2/posts/{post.number}">'
        if setting.parts.rest
        else ""
    )
    head += (
        f'<link rel="alternate" type="application/json+oembed" href="{post.host}/wp-json/oembed/1.0/embed?url={post.host}">'
        if setting.parts.rest
        else ""
    )
    head += (
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
        if "cp1251-meta" in post.features
        else ""
    )
    crumbs = f'<ul class="breadcrumbs"><li><a href="{post.host}/">{words["home"]}</a></li><li><a href="{escape(post.url)}">{title}</a></li></ul>'
    kind = "portfolio type-portfolio" if post.kind == "project" else "post type-post"
    neighbours = _fixed(older, "prev", setting) + _fixed(newer, "next", setting)
    headline = (
        ""
        if post.kind == "project"
        else f'<div class="column one post-header">{_love(post)}<div class="title_wrapper"><h1 class="entry-title" itemprop="headline">{title}</h1>{_meta(post, setting)}</div></div>'
    )
    body = f"""<div id="post-{post.number}" class="post-{post.number} {kind} status-publish hentry category-news">
{neighbours}
<div class="section section-post-header"><div class="section_wrapper clearfix">
{_arrows(post, older, newer, setting)}{headline}{_featured(post, number)}
</div></div>
<div class="post-wrapper-content">{_content(post, number)}{_footer(post, number)}</div>
{_related(post, setting)}{_comments(post)}
</div>"""
    return page(
        post.title,
        body,
        classes=classes,
        language=post.language,
        host=post.host,
        setting=setting,
        head=head,
        heading=title,
        crumbs=crumbs,
    )


def _neighbours(post: Post, setting: Setting) -> tuple[Post | None, Post | None]:
    if not setting.parts.neighbours or post.kind == "project":
        return None, None
    at = next((index for index, one in enumerate(setting.posts) if one.number == post.number), None)
    if at is None:
        return None, None
    older = setting.posts[at + 1] if at + 1 < len(setting.posts) else None
    return older, setting.posts[at - 1] if at else None


def _fixed(post: Post | None, side: str, setting: Setting) -> str:
    """The card of a neighbour; the English site's has neither picture nor date."""
    if post is None:
        return ""
    dated = setting.parts.neighbour_dates and post.language == "bg"
    photo = (
        f'<div class="photo"><img width="80" height="80" src="{sized(post.featured, "80x80")}" alt="1"></div>'
        if post.featured and post.language == "bg"
        else ""
    )
    date = f'<span class="date"><i class="icon-clock"></i>{post.moment:%d.%m.%Y}</span>' if dated else ""
    return f'<a class="fixed-nav fixed-nav-{side} format- style-images" href="{escape(post.url)}"><span class="arrow"></span>{photo}<div class="desc"><h6>{escape(post.title, quote=False)}</h6>{date}</div></a>'


def _arrows(post: Post, older: Post | None, newer: Post | None, setting: Setting) -> str:
    if post.kind == "project":
        return ""
    items = "".join(
        f'<li class="{side}"><a class="button" href="{escape(one.url)}"></a></li>'
        for side, one in (("prev", older), ("next", newer))
        if one
    )
    everything = (
        f'<a class="list-nav" href="{post.host}/news/">{WORDS[post.language]["all"]}</a>'
        if setting.parts.listings
        else ""
    )
    return f'<div class="column one post-nav"><ul class="next-prev-nav">{items}</ul>{everything}</div>'


def _love(post: Post) -> str:
    return (
        '<div class="button-love"><a href="#" class="mfn-love"><span class="icons-wrapper"></span><span class="label">0</span></a></div>'
        if "love" in post.features
        else ""
    )


def _meta(post: Post, setting: Setting) -> str:
    """The line with author, date and categories, where it is switched on."""
    if "meta" not in post.features or not setting.parts.meta_dates:
        return ""
    words = WORDS[post.language]
    stamp = post.moment.isoformat()
    terms = "".join(
        f'<li><a href="{post.host}/category/news/" rel="category tag">{escape(name)}</a></li>'
        for name in post.categories
    )
    return (
        f'<div class="post-meta clearfix"><div class="author-date"><span class="vcard author post-author" itemprop="author" itemscope itemtype="https://schema.org/Person"><span class="label">{words["by"]} </span>'
        f'<span class="fn" itemprop="name"><a href="{post.host}/author/redaktor/">Редакция</a></span></span> <span class="date"><span class="label">{words["on"]} </span>'
        f'<time class="entry-date updated" datetime="{stamp}" itemprop="datePublished">{post.moment:%d.%m.%Y}</time><meta itemprop="dateModified" content="{stamp}"></span></div>'
        f'<div class="category meta-categories"><span class="cat-btn">+</span><div class="cat-wrapper"><ul class="post-categories">{terms}</ul></div></div></div>'
    )


def _featured(post: Post, number: int) -> str:
    if not post.featured or "video" in post.features or "password" in post.features or number > 1:
        return ""
    large = sized(post.featured, "1024x640")
    return (
        f'<div class="column one single-photo-wrapper image"><div class="image_frame scale-with-grid"><div class="image_wrapper"><a href="{large}" rel="prettyphoto"><div class="mask"></div>'
        f'<div itemprop="image" itemscope itemtype="https://schema.org/ImageObject"><img width="1200" height="480" src="{sized(post.featured, "1200x480")}" class="scale-with-grid wp-post-image" alt="1">'
        f'<meta itemprop="url" content="{post.featured}"><meta itemprop="width" content="960"><meta itemprop="height" content="600"></div></a><div class="image_links"><a class="zoom" href="{large}" rel="prettyphoto"></a></div></div></div></div>'
    )


def _content(post: Post, number: int) -> str:
    if "password" in post.features:
        label = WORDS[post.language]["password"]
        form = f'<form action="{post.host}/wp-login.php?action=postpass" class="post-password-form" method="post"><p>{label}</p><p><label>Парола: <input name="post_password" type="password" size="20"></label> <input type="submit" value="OK"></p></form>'
        return f'<div class="section the_content has_content"><div class="section_wrapper"><div class="the_content_wrapper">{form}</div></div></div>'
    markup = [piece.html for piece in post.pages[number - 1]]
    if "builder" in post.features:
        columns = "".join(
            f'<div class="section mcb-section"><div class="section_wrapper mcb-section-inner"><div class="wrap mcb-wrap one"><div class="mcb-wrap-inner"><div class="column mcb-column one column_column"><div class="column_attr clearfix">{one}</div></div></div></div></div></div>'
            for one in markup
        )
        return (
            columns
            + '<div class="section the_content no_content"><div class="section_wrapper"><div class="the_content_wrapper"></div></div></div>'
        )
    return f'<div class="section the_content has_content"><div class="section_wrapper"><div class="the_content_wrapper">{chr(10).join(markup)}</div></div></div>'


def _footer(post: Post, number: int) -> str:
    links = "".join(
        f'<span class="page-numbers current">{page}</span>'
        if page == number
        else f'<a href="{post.url}{f"{page}/" if page > 1 else ""}" class="post-page-numbers">{page}</a>'
        for page in range(1, len(post.pages) + 1)
    )
    pager = links if len(post.pages) > 1 else ""
    share = (
        '<div class="section section-post-intro-share"><div class="share_wrapper"><span class="share_label">Сподели</span><a href="https://www.facebook.com/sharer">Facebook</a></div></div>'
        if "share" in post.features
        else ""
    )
    author = (
        '<div class="section section-post-about"><div class="author-box"><div class="avatar-wrapper"><img class="avatar" src="https://secure.gravatar.com/avatar/0?s=64" alt=""></div><div class="desc-wrapper"><h5>Редакция</h5><div class="desc">Пишем за водата и почвата.</div></div></div></div>'
        if "author" in post.features
        else ""
    )
    return f'<div class="section section-post-footer"><div class="section_wrapper"><div class="column one post-pager">{pager}</div></div></div>{share}{author}'


def _related(post: Post, setting: Setting) -> str:
    if "related" not in post.features:
        return ""
    chosen = [one for one in setting.posts if one.number != post.number][post.number % 5 : post.number % 5 + 3]
    cards = "".join(
        f'<div class="column post-related hentry"><div class="image_frame">{_thumbnail(one)}</div>{_label(one, setting)}<div class="desc"><h4><a href="{escape(one.url)}">{escape(one.title, quote=False)}</a></h4><a class="button" href="{escape(one.url)}">{WORDS[post.language]["more"]}</a></div></div>'
        for one in chosen
    )
    return f'<div class="section section-post-related"><div class="section_wrapper"><h4>{WORDS[post.language]["related"]}</h4><div class="section-related-adjustment">{cards}</div></div></div>'


def _comments(post: Post) -> str:
    if "comments" not in post.features:
        return ""
    return (
        f'<div class="section section-post-comments"><div id="comments"><h4 id="comments-title">1 коментар</h4><ol class="commentlist"><li class="comment" id="comment-5"><div class="comment-author vcard"><cite class="fn">Иван</cite></div>'
        f'<div class="comment-meta commentmetadata"><a href="#comment-5">03.03.2013 в 10:15</a></div><p>Много полезно, благодаря!</p><div class="reply"><a rel="nofollow" class="comment-reply-link" href="{post.url}?replytocom=5#respond">Отговор</a></div></li></ol></div></div>'
    )


def _label(post: Post, setting: Setting) -> str:
    return f'<div class="date_label">{post.moment:%d.%m.%Y}</div>' if setting.parts.listing_dates else ""


def _thumbnail(post: Post) -> str:
    return (
        f'<img width="576" height="450" src="{sized(post.featured, "576x450")}" class="scale-with-grid wp-post-image" alt="">'
        if post.featured
        else ""
    )


def cards(posts: Iterable[Post], setting: Setting) -> str:
    """The cards of a list of posts."""
    made = []
    for post in posts:
        kind = "portfolio-item" if post.kind == "project" else "post-item"
        first = next((text for piece in post.pages[0] for text in piece.text), "")
        excerpt = "" if "password" in post.features else escape(first.partition("\n")[0][:150], quote=False)
        made.append(
            f'<div class="{kind} isotope-item clearfix author-redaktor post-{post.number} {"portfolio" if post.kind == "project" else "post"} status-publish hentry">{_label(post, setting) if post.kind == "article" else ""}'
            f'<div class="image_frame post-photo-wrapper scale-with-grid"><div class="image_wrapper">{_thumbnail(post)}</div></div>'
            f'<div class="post-desc-wrapper"><div class="post-desc"><div class="post-title"><h2 class="entry-title"><a href="{escape(post.url)}">{escape(post.title, quote=False) or "&nbsp;"}</a></h2></div>'
            f'<div class="post-excerpt">{excerpt}</div><div class="post-footer"><div class="button-love"><a class="mfn-love"><span class="label">0</span></a></div><div class="post-links"><a href="{escape(post.url)}" class="post-more">{WORDS[post.language]["more"]}</a></div></div></div></div></div>'
        )
    return f'<div class="posts_group lm_wrapper classic">{"".join(made)}</div>'


def listing_page(
    number: int, pages: int, path: str, posts: Sequence[Post], language: str, host: str, setting: Setting
) -> str:
    """A page of a list of posts, with a pager that names all pages."""
    words = WORDS[language]
    title = words["projects"] if "projects" in path else words["news"]

    def address(page: int) -> str:
        return f"{host}{path}" if page == 1 else f"{host}{path}page/{page}/"

    links = "".join(
        f'<a href="{address(one)}" class="page{" active" if one == number else ""}">{one}</a>'
        for one in range(1, pages + 1)
    )
    following = f'<a class="next_page" href="{address(number + 1)}">→</a>' if number < pages else ""
    filters = f'<div id="Filters"><ul class="categories"><li><a href="{host}/category/news/">{words["news"]}</a></li></ul><ul class="tags"><li><a href="{host}/tag/voda/">вода</a></li></ul><ul class="authors"><li><a href="{host}/author/redaktor/">Редакция</a></li></ul></div>'
    pager = (
        f'<div class="column one pager_wrapper"><div class="pager"><div class="pages">{links}</div>{following}</div></div>'
        if pages > 1
        else ""
    )
    body = f'<div class="section"><div class="section_wrapper">{filters}{cards(posts, setting)}{pager}</div></div>'
    classes = "blog" if "projects" not in path else "post-type-archive post-type-archive-portfolio archive"
    return page(
        title,
        body,
        classes=f"{classes}{f' paged paged-{number}' if number > 1 else ''}",
        language=language,
        host=host,
        setting=setting,
        heading=title,
    )


def home_page(language: str, host: str, setting: Setting) -> str:
    """The front page: what the cluster is, and its latest news where lists are on."""
    words = WORDS[language]
    latest = (
        f'<div class="section latest"><div class="section_wrapper"><h3>{words["latest"]}</h3>{cards(setting.posts[:4], setting)}</div></div>'
        if setting.parts.listings
        else ""
    )
    hero = f'<div class="section hero" style="background-image: url({upload("hero.png", "2016/10", host)})"><div class="section_wrapper"><h1>{words["site"]}</h1><p>{words["motto"]}</p></div></div>'
    return page("", hero + latest, classes="home page page-id-2", language=language, host=host, setting=setting)


def plain_page(title: str, html: str, *, classes: str, language: str, host: str, setting: Setting) -> str:
    """Any other page: about, contact, an attachment, a day of the calendar, an error."""
    body = f'<div class="section the_content has_content"><div class="section_wrapper"><div class="the_content_wrapper">{html}</div></div></div>'
    return page(title, body, classes=classes, language=language, host=host, setting=setting, heading=escape(title))
