from io import BytesIO

import docx
import pytest


@pytest.fixture(scope="session")
def pdf():
    """A PDF with these pages of one line each; None is a page without text."""

    def make(*pages):
        kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
        objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for n, text in enumerate(pages):
            stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET" if text else ""
            objects += [
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
                f" /Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * n} 0 R >>",
                f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            ]
        return _file(objects)

    return make


def _file(objects):
    out, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    start = out.index("xref\n0")
    return f"{out}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()


@pytest.fixture(scope="session")
def word():
    """A DOCX with a title, a paragraph, a list and a table with merged cells."""
    document = docx.Document()
    document.add_heading("Storage", 1)
    document.add_paragraph("Keep it dry.")
    document.add_paragraph("below 25 °C", style="List Bullet")
    document.add_paragraph("out of reach", style="List Number")
    table = document.add_table(2, 3)
    for column, text in enumerate(["age", "dose", "times"]):
        table.cell(0, column).text = text
    table.cell(1, 0).text = "6\nyears"
    table.cell(1, 1).merge(table.cell(1, 2)).text = "ask a doctor"
    data = BytesIO()
    document.save(data)
    return data.getvalue()
