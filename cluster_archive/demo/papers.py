"""Real small documents, made from their names: PDF and DOCX."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@cache
def paper(name: str) -> tuple[bytes, str] | None:
    """Bytes and media type of the document of that file name; None where it is of no kind that there is."""
    stem, _, kind = name.rpartition(".")
    text = f"Green Horizon Cluster: {re.sub(r'[^a-z0-9 -]', '', stem.lower())}"
    if kind == "pdf":
        return _pdf(text), "application/pdf"
    return (_docx(text), WORD) if kind == "docx" else None


def _pdf(text: str) -> bytes:
    """A page of PDF 1.4 with one line of text in a font that each reader has (ISO 32000-1, 7.5)."""
    drawing = f"BT /F1 18 Tf 72 760 Td ({text}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, made.rindex(b"xref\n0"))
    return bytes(made)


def _docx(text: str) -> bytes:
    """A document of one paragraph (ECMA-376, 11.3.10)."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    package, office = (
        "http://schemas.openxmlformats.org/package/2006",
        "http://schemas.openxmlformats.org/officeDocument/2006",
    )
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1"'
        f' Type="{office}/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'{head}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(zipfile.ZipInfo(name), content)  # without a clock: the same bytes each time
    return out.getvalue()
