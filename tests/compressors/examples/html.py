"""Pages of markup."""

from __future__ import annotations

import random

__all__ = ["SAMPLES", "documentation", "large"]

_WORDS = """connection server client retries timeout backend pool request response header value default option returns
sets closes opens buffer thread worker queue limit second when before after every each unless""".split()  # noqa: SIM905

_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="description" content="{about}">
<link rel="canonical" href="https://docs.example.com/{path}">
<link rel="stylesheet" href="/static/site.css?v=8812">
<style>body{{margin:0}} .nav a{{color:#06c;padding:4px 8px}} @media(max-width:600px){{.nav{{display:none}}}}</style>
<script>window.dataLayer=window.dataLayer||[];function gtag(){{dataLayer.push(arguments)}}gtag('js')</script>
</head>
<body class="has-sidebar">
<div id="cookie-banner" role="dialog"><p>We use cookies to improve your experience.</p><button>Accept</button></div>
<nav class="navbar"><ul>{nav}</ul></nav>
"""
_FOOT = """<footer class="site-footer"><p>© 2026 Example Inc. All rights reserved.</p>
<ul><li><a href="/privacy">Privacy</a></li><li><a href="/terms">Terms</a></li></ul></footer>
<script src="/static/app.min.js" defer></script>
</body>
</html>
"""


def _page(title: str, path: str, about: str, body: str) -> str:
    nav = "".join(f'<li><a class="nav-link" href="/docs/part-{i}">Part {i}: guides</a></li>' for i in range(20))
    return _HEAD.format(title=title, path=path, about=about, nav=nav) + body + _FOOT


def documentation(sections: int, seed: int = 5) -> str:
    """A page of a manual with so many sections."""
    generator = random.Random(seed)
    parts = []
    for n in range(sections):
        prose = " ".join(generator.choices(_WORDS, k=40))
        parts.append(
            f'<section id="option-{n}"><h2>option_{n}<a class="headerlink" href="#option-{n}">¶</a></h2>\n'
            f'<p>The <code class="literal">option_{n}</code> {prose}. See <a href="/ref/{n}">reference {n}</a>.</p>\n'
            f'<div class="highlight-yaml"><pre><span class="k">option_{n}</span>: <span class="m">{n * 7}</span>\n'
            f"  unit: seconds\n\n  jitter: 1\n</pre></div>\n"
            f"<ul><li>default {n}</li><li>minimum <strong>1</strong></li></ul></section>"
        )
    body = '<main role="main"><h1>Options of the pool</h1>\n' + "\n".join(parts) + "</main>\n"
    return _page("Options of the pool — Manual", "pool.html", "All options.", body)


def _coverage(files: int) -> str:
    rows = "\n".join(
        f'<tr class="region"><td class="name left"><a href="z_{i:08x}_py.html">src/app/module_{i}.py</a></td>'
        f'<td>{40 + i}</td><td>{i % 7}</td><td class="right" data-ratio="{40 - i % 7} 40">{100 - i % 7 * 2}%</td></tr>'
        for i in range(files)
    )
    return _page(
        "Coverage report",
        "coverage",
        "",
        '<main id="index"><h1>Coverage report: 93%</h1><table class="index"><thead><tr><th>File</th><th>statements</th>'
        f"<th>missing</th><th>coverage</th></tr></thead><tbody>{rows}</tbody></table></main>",
    )


def _index(files: int) -> str:
    rows = "\n".join(
        f'<li><a href="release-1.{i}.tar.gz">release-1.{i}.tar.gz</a></li>\n<li><a href="release-1.{i}.sig">'
        f"release-1.{i}.sig</a></li>"
        for i in range(files)
    )
    return (
        "HTTP/1.0 200 OK\nServer: SimpleHTTP/0.6 Python/3.11.7\nContent-type: text/html; charset=utf-8\n\n"
        '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<title>Directory listing for /pub/</title>\n</head>\n<body>\n'
        f"<h1>Directory listing for /pub/</h1>\n<hr>\n<ul>\n{rows}\n</ul>\n<hr>\n</body>\n</html>\n"
    )


def _shell() -> str:
    state = '{"props":{"pageProps":{"statusCode":500,"hostname":"localhost"}},"page":"/_error","err":{"message":"%s"}}'
    chunks = "".join(f'<script src="/_next/static/chunks/{i}f3a9c.js" async=""></script>' for i in range(120))
    return (
        '<!DOCTYPE html><html><head><meta charSet="utf-8"/><title>Shop</title>'
        f'<meta name="description" content="A shop."/>{chunks}</head><body><div id="__next"></div>'
        '<script id="__NEXT_DATA__" type="application/json">'
        + state % "Module not found: Can't resolve './Cart'"
        + "</script></body></html>"
    )


def _feed(entries: int) -> str:
    items = "\n".join(
        f"<item><title>Release 2.{i}</title><link>https://example.com/news/{i}</link>"
        f"<guid isPermaLink='false'>tag:example.com,2026:{i}</guid><pubDate>Mon, {i % 28 + 1:02} Mar 2026</pubDate>"
        f"<description><![CDATA[<p>The release has <b>{i}</b> fixes, and a new pool.</p>]]></description></item>"
        for i in range(entries)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>News</title>'
        f"<link>https://example.com</link>\n{items}\n</channel></rss>\n"
    )


SAMPLES = {
    "manual": documentation(30),
    "short page": documentation(8),
    "coverage report": _coverage(80),
    "directory": _index(60),
    "page that scripts fill": _shell(),
    "feed": _feed(40),
    "page behind a tool's envelope": f"<returncode>0</returncode>\n<output>\n{documentation(12, seed=9)}</output>",
}


def large(megabytes: int) -> str:
    return documentation(1_620 * megabytes)
