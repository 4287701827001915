"""Pages of a few words, for what happens beside Streamlit."""

import html

from starlette.responses import HTMLResponse

from polidat.core import PoliDatError

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>PoliDat</title><style>body{{font:16px system-ui;max-width:26rem;margin:15vh auto;padding:0 1rem;color:#14213d}}
button{{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.5rem;background:#1f4e8c;color:#fff;cursor:pointer}}
</style><h1>PoliDat</h1>{body}</html>"""


def plain_page(body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """Return a page; `body` is HTML."""
    return HTMLResponse(_PAGE.format(body=body), status, headers)


def refusal(error: PoliDatError, back: str, label: str) -> HTMLResponse:
    """Return a page that says what went wrong, with a way on."""
    link = f"<a href='{html.escape(back, quote=True)}'>{html.escape(label)}</a>"
    return plain_page(f"<p>{html.escape(error.says)}</p><p>{link}</p>", error.status)
