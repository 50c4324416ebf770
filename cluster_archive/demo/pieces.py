"""Pieces of posts: each function gives markup together with what a reader gets of it."""

from __future__ import annotations

from html import escape

from cluster_archive.demo.model import BULGARIAN, PICTURES, Piece

UPLOADS = "/wp-content/uploads"


def upload(name: str, folder: str = "2016/05", host: str = BULGARIAN) -> str:
    """Address of an uploaded file."""
    return f"{host}{UPLOADS}/{folder}/{name}"


def sized(url: str, size: str) -> str:
    """Address of a smaller version of a picture."""
    stem, _, ending = url.rpartition(".")
    return f"{stem.removesuffix('-scaled')}-{size}.{ending}"


def paragraph(text: str) -> Piece:
    """A paragraph."""
    return Piece(html=f"<p>{escape(text, quote=False)}</p>", text=(text,))


def heading(text: str, level: int = 3) -> Piece:
    """A heading in the text."""
    return Piece(html=f"<h{level}>{escape(text, quote=False)}</h{level}>", text=(text,))


def raw(
    html: str,
    *text: str,
    images: tuple[str, ...] = (),
    takeaways: tuple[str, ...] = (),
    attachments: tuple[str, ...] = (),
) -> Piece:
    """Any markup, with what is right for it."""
    return Piece(html=html, text=text, images=images, takeaways=takeaways, attachments=attachments)


def bullets(*items: str, takeaways: bool = False, tag: str = "ul") -> Piece:
    """A list."""
    inner = "".join(f"<li>{escape(item, quote=False)}</li>\n" for item in items)
    return Piece(
        html=f"<{tag}>\n{inner}</{tag}>",
        text=tuple(f"- {item}" for item in items),
        takeaways=items if takeaways else (),
    )


def quote_block(text: str) -> Piece:
    """A quotation."""
    return Piece(html=f"<blockquote><p>{escape(text, quote=False)}</p></blockquote>", text=(text,))


def table(*rows: tuple[str, ...]) -> Piece:
    """A table of data; the first row is its head."""
    made = [
        "<tr>"
        + "".join(
            f"<{'td' if number else 'th'}>{escape(cell, quote=False)}</{'td' if number else 'th'}>" for cell in row
        )
        + "</tr>"
        for number, row in enumerate(rows)
    ]
    return Piece(
        html=f"<table><tbody>{''.join(made)}</tbody></table>", text=("\n".join(" | ".join(row) for row in rows),)
    )


def inline_picture(url: str, size: str = "300x188", linked: bool = True) -> Piece:
    """A picture in the text, as the classic editor makes it."""
    image = f'<img class="alignnone size-medium" src="{sized(url, size)}" alt="{_stem(url)}" width="{size.partition("x")[0]}" height="{size.partition("x")[2]}">'
    return Piece(html=f'<p><a href="{url}">{image}</a></p>' if linked else f"<p>{image}</p>", images=(url,))


def theme_gallery(urls: tuple[str, ...], link: str = "file", columns: int = 4, captions: tuple[str, ...] = ()) -> Piece:
    """The theme's own gallery: a `style` in the text, then a definition list a picture; `link` is file, attachment or none."""
    items = []
    for number, url in enumerate(urls):
        image = f'<img width="150" height="150" src="{sized(url, "150x150")}" class="attachment-thumbnail size-thumbnail" alt="{_stem(url)}" srcset="{sized(url, "150x150")} 150w, {sized(url, "85x85")} 85w, {sized(url, "80x80")} 80w">'
        target = {"file": url, "attachment": f"{BULGARIAN}/attachment/{_stem(url)}/"}.get(link)
        inner = f'<a href="{target}">{image}</a>' if target else image
        caption = (
            f'<dd class="wp-caption-text gallery-caption">{escape(captions[number])}</dd>'
            if number < len(captions)
            else ""
        )
        items.append(f'<dl class="gallery-item"><dt class="gallery-icon landscape">{inner}</dt>{caption}</dl>')
    return Piece(
        html="<style>#gallery-1 { margin: auto; } #gallery-1 .gallery-item { float: left; }</style>"
        f'<div id="gallery-1" class="gallery galleryid-9 gallery-columns-{columns} gallery-size-thumbnail {link}">{"".join(items)}</div>',
        images=urls,
    )


def core_gallery(urls: tuple[str, ...]) -> Piece:
    """The gallery of WordPress itself, in HTML 5."""
    items = "".join(
        f'<figure class="gallery-item"><div class="gallery-icon landscape"><a href="{url}"><img src="{sized(url, "300x188")}" alt=""></a></div></figure>'
        for url in urls
    )
    return Piece(
        html=f'<div id="gallery-2" class="gallery galleryid-9 gallery-columns-3 gallery-size-medium">{items}</div>',
        images=urls,
    )


def block_gallery(urls: tuple[str, ...], linked: bool = False, caption: str = "Снимки от събитието") -> Piece:
    """The gallery of the block editor."""
    items = []
    for url in urls:
        image = f'<img src="{sized(url, "1024x640")}" alt="" class="wp-image-7" srcset="{sized(url, "1024x640")} 1024w, {sized(url, "300x188")} 300w, {url} 1600w" sizes="(max-width: 1024px) 100vw, 1024px">'
        items.append(
            f'<figure class="wp-block-image size-large">{f"<a href={chr(34)}{url}{chr(34)}>{image}</a>" if linked else image}</figure>'
        )
    return Piece(
        html=f'<figure class="wp-block-gallery has-nested-images columns-default">{"".join(items)}<figcaption class="blocks-gallery-caption">{escape(caption)}</figcaption></figure>',
        images=urls,
    )


def lazy_picture(url: str) -> Piece:
    """A picture that a script loads: `data-src`, and `noscript` for those without one."""
    return Piece(
        html=f'<p><img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" data-src="{url}" data-srcset="{sized(url, "300x188")} 300w, {url} 960w" alt="">'
        f'<noscript><img src="{url}" alt=""></noscript></p>',
        images=(url,),
    )


def background(url: str, text: str) -> Piece:
    """A box of the page builder whose picture is a CSS background."""
    return Piece(
        html=f'<div class="column_attr clearfix" style="background-image: url(\'{url}\'); padding: 30px;"><p>{escape(text, quote=False)}</p></div>',
        text=(text,),
        images=(url,),
    )


def picture_element(url: str) -> Piece:
    """A `picture` with sources of several sizes."""
    return Piece(
        html=f'<p><picture><source type="image/webp" srcset="{sized(url, "300x188")} 300w, {url} 960w"><img src="{sized(url, "300x188")}" alt="снимка"></picture></p>',
        images=(url,),
    )


def scaled_picture(url: str) -> Piece:
    """A picture of more than 2,560 pixels, whose full size ends in `-scaled`."""
    return Piece(
        html=f'<figure class="wp-block-image size-large"><img src="{sized(url, "1024x640")}" srcset="{sized(url, "1024x640")} 1024w, {sized(url, "300x188")} 300w, {url} 2560w" alt=""></figure>',
        images=(url,),
    )


def captioned(url: str, caption: str) -> Piece:
    """A picture with a caption, as the classic editor makes it."""
    return Piece(
        html=f'<div id="attachment_77" style="width: 310px" class="wp-caption alignleft"><a href="{url}"><img src="{sized(url, "300x188")}" alt="" width="300" height="188"></a><p class="wp-caption-text">{escape(caption)}</p></div>',
        images=(url,),
    )


def foreign(name: str, *, bare: bool = False) -> Piece:
    """A picture on another host; `bare`: named without a scheme."""
    url = f"{PICTURES}/media/{name}"
    return Piece(html=f'<p><img src="{url.partition(":")[2] if bare else url}" alt=""></p>', images=(url,))


def _stem(url: str) -> str:
    return url.rpartition("/")[2].rpartition(".")[0]
