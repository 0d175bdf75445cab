"""What pages promise on top of the contract."""

from __future__ import annotations

import html
import json
import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_litellm.compressors import Document
from headroom_litellm.detect import detect

from .examples.html import SAMPLES, documentation
from .rendering import compress, relaxed, shown

PAGE = f"<!doctype html><html><head><title>T</title><style>{'.a {{}}' * 1_400}</style></head><body>{{}}</body></html>"
"""Smaller pages are left as they are."""


def page(body: str) -> str:
    """The Markdown of a page with this body, without the note above it."""
    head, _, text = shown("html", PAGE.format(body)).partition("\n\n")
    assert head.startswith("[web page as Markdown, ")
    return text


class TestMarkdown:
    def test_headings_paragraphs_and_links(self) -> None:
        body = '<h2>Set up</h2><p>Read the <a href="/guide">guide</a>,\n then <b>start</b>.</p><p>x<sup>2</sup></p>'
        assert page(body) == "## Set up\nRead the [guide](/guide), then start.\nx^2"

    def test_lists_in_lists(self) -> None:
        body = "<ul><li>one<ul><li>inner</li></ul></li><li><p>two</p><p>more</p></li></ul><ol start=4><li>four</ol><p>x"
        assert page(body) == "- one\n  - inner\n- two\n  more\n4. four\nx"

    def test_code_stands_as_it_is(self) -> None:
        body = '<pre class="language-py"><code>def f():\n    return  <b>1</b> &lt; 2\n</code></pre><p>and <tt>a  b</tt>'
        assert page(body) == "```py\ndef f():\n    return  1 < 2\n```\nand `a b`"

    def test_cells_stay_in_their_columns(self) -> None:
        body = (
            "<table><tr><th>a<th>b<th>c</tr><tr><td rowspan=2>x<td>1<td>2</tr><tr><td>3<td>4|5</tr>"
            "<tr><td colspan=2>wide<td>6</tr></table>"
        )
        rows = page(body).split("\n")
        assert rows == ["| a | b | c |", "| --- | --- | --- |", "| x | 1 | 2 |", "| x | 3 | 4\\|5 |", "| wide |  | 6 |"]

    def test_tables_that_lay_out_a_page_are_no_tables(self) -> None:
        inner = "<table><tr><td>a</td><td>b</td></tr></table>"
        body = f"<table><tr><td><h2>Left</h2><p>one</p></td><td><p>two</p>{inner}</td></tr></table><p>three"
        assert page(body) == "## Left\none\ntwo\n| a | b |\nthree"

    def test_buttons_are_no_code(self) -> None:
        body = "<pre><code>import a</code><code>require a</code><button>copy</button></pre><p>x</p>"
        assert page(body) == "```\nimport a\nrequire a\n```\nx"

    def test_pictures_are_their_descriptions(self) -> None:
        assert page('<p>See <img alt="the plan" src="data:image/png;base64,AAAA"> here<img src="x.png"></p><p>b') == (
            "See ![the plan] here\nb"
        )

    def test_definitions(self) -> None:
        assert page("<dl><dt>root</dt><dd>The user.</dd><dt>bin</dt><dd>Old.</dd></dl>") == (
            "- root\n  : The user.\n- bin\n  : Old."
        )


class TestWhatShowsNoText:
    def test_code_that_no_block_holds_keeps_its_indent(self) -> None:
        body = (
            '<p class="run"><span class="n">1</span><span class="t">def f():</span></p>'
            '<p class="run"><span class="n">2</span><span class="t">        return  1</span></p>'
            '<table><tr><td data-line-number="7"></td><td>    x = 1</td></tr></table>'
        )
        assert page(body) == "1def f():\n2        return  1\n| 7 |     x = 1 |"

    def test_words_of_code_beside_text_stay_on_their_line(self) -> None:
        body = "<pre><code>fc</code> [-e <code>ename</code> <code>first</code>]\n</pre><p>x"
        assert page(body) == "```\nfc [-e ename first]\n```\nx"

    def test_numbers_beside_code_are_left_out(self) -> None:
        body = '<table><tr><td class="linenos"><pre>1\n2</pre></td><td><pre>a\nb</pre></td></tr></table><p>x'
        assert page(body) == "```\na\nb\n```\nx"

    def test_formulas(self) -> None:
        body = (
            '<p>If <math alttext="a \\ne 0"><mi>a</mi></math> then <math><mi>b</mi><mo>=</mo><mn>1</mn></math>.</p>'
            '<p><math><semantics><mi>c</mi><annotation encoding="application/x-tex">c^2</annotation></semantics></math>'
        )
        assert page(body) == "If $a \\ne 0$ then $b = 1$ .\n$c^2$"

    def test_fields_of_forms(self) -> None:
        options = "".join(f"<option{' selected' * (i == 1)}>L{i}</option>" for i in range(12))
        body = (
            '<form method=post action="/login"><label>User <input name=user placeholder="e-mail"></label>'
            "<input type=hidden name=csrf value=a77><input type=checkbox name=stay checked><select name=lang>"
            f"{options}</select><button>Sign in</button></form><p>Some text. <button>Copy</button></p>"
        )
        assert page(body) == (
            "[form: POST /login]\nUser [text user: e-mail] [hidden csrf: a77] [checkbox, checked stay] "
            "[select lang: L0 / L1 / L2 / L3 / L4 / L5 / L6 / L7 / … 12 options; selected: L1] [button: Sign in]\n"
            "Some text."
        )

    def test_where_a_page_leads_on(self) -> None:
        text = PAGE.replace("<head>", '<head><base href="/v2/"><meta http-equiv=refresh content="0; url=/new">')
        short = shown("html", text.format("<p>Moved.</p><iframe src='/inner'></iframe>"))
        assert "Refresh: 0; url=/new\nBase of the links: /v2/\n" in short
        assert "[frame](/inner)" in short

    def test_failed_entries_of_data_in_attributes(self) -> None:
        entries = {f"test_{i}": {"result": "Failed" if i == 31 else "Passed", "log": f"log {i}"} for i in range(200)}
        data = html.escape(json.dumps({"tests": entries}))
        short = shown("html", PAGE.format(f'<h1>Report</h1><div data-blob="{data}"></div><p>Please wait.</p><p>x'))
        assert '"test_31": {"result": "Failed", "log": "log 31"}' in short
        assert "3 of its 200 items shown, 1 with failures]" in short


class TestContent:
    @pytest.mark.parametrize("name", ["sidebar", "overlay", "promo", "menu", "newsletter", "share"])
    def test_what_is_written_is_content_whatever_its_part_is_called(self, name: str) -> None:
        prose = "<p>The pool closes connections that were idle for more than a minute, and opens new ones.</p>" * 12
        text = page(
            f'<ul><li><a href="/a">Some link</a></ul><div class="{name}"><h2>Pool</h2>{prose}</div><p>More.</p>'
        )
        assert text.count("The pool closes") == 12

    def test_sections_are_named_by_what_they_are_about(self) -> None:
        prose = "<p>The pool closes connections that were idle for more than a minute, and opens new ones.</p>" * 12
        text = page(f'<main><h1>Guide</h1>{prose}<section id="cookies"><h2>Cookies</h2><p>Short.</p></section></main>')
        assert text.endswith("## Cookies\nShort.")

    def test_code_behind_a_tab_is_content(self) -> None:
        prose = "<p>The pool closes connections that were idle for more than a minute, and opens new ones.</p>" * 12
        tabs = "<div role=tabpanel><pre>npm i</pre></div><div role=tabpanel hidden><pre>yarn add</pre></div>"
        assert "yarn add" in page(f"{prose}{tabs}")

    def test_words_of_scripts_without_spaces_are_characters(self) -> None:
        text = shown(
            "html", PAGE.format("<p>連接池關閉空閒的連接</p><p>and more</p><nav><p>其他頁面</p></nav></p></p>")
        )
        assert "12 of 16 words shown; not shown: navigation 4 words" in text

    def test_small_pages_are_left_as_they_are(self) -> None:
        small = "<!doctype html><html><body>" + "<p>A paragraph of a page.</p>\n" * 190 + "</body></html>"
        assert 5_500 < len(small) < 6_000
        assert compress("html", small.replace(".</p>\n<p>", ".</p> <p>")) is None

    def test_what_surrounds_the_content_is_left_out_and_named(self) -> None:
        text = shown("html", SAMPLES["manual"])
        assert "All rights reserved" not in text
        assert "cookies" not in text
        assert "gtag" not in text
        assert re.match(r"\[web page as Markdown, .*navigation 60, .*\d scripts? left out\]\n", text)
        assert "URL: https://docs.example.com/pool.html\nDescription: All options.\n" in text
        assert "# Options of the pool" in text
        assert "¶" not in text

    def test_words_add_up(self) -> None:
        for text in SAMPLES.values():
            short = shown("html", text)
            head = short.split("\n", 1)[0]
            count = re.search(r"(\d+) of (\d+) words shown(?:; not shown: (.*?) words)?", head)
            if count is None:
                continue
            around = sum(map(int, re.findall(r"(\d+)(?:,|$)", count[3] or "")))
            gaps = sum(map(int, re.findall(r"^\[… \d+ lines?, (\d+) words\]$", short, re.MULTILINE)))
            assert int(count[1]) + around + gaps == int(count[2])

    def test_a_link_in_the_navigation_that_the_query_names_stays(self) -> None:
        text = SAMPLES["manual"].replace("Part 7: guides", "Deploying zephyrctl")
        assert "[Deploying zephyrctl](/docs/part-7)" in shown("html", text, "where is zephyrctl explained?")

    def test_a_section_that_the_query_names_stays(self) -> None:
        text = shown("html", documentation(400), "what does option_237 do?")
        assert "The `option_237` " in text
        assert "[reference 237](/ref/237)" in text

    @pytest.mark.parametrize("query", ["", "what does option_237 do?"])
    def test_code_of_which_something_is_shown_stands_between_fences(self, query: str) -> None:
        inside = False
        for line in shown("html", documentation(400), query).split("\n"):
            if line.startswith("```"):
                inside = not inside
            elif line.startswith(("option_", "  unit", "  jitter")):
                assert inside
            elif line.startswith(("The ", "## ", "- ")):
                assert not inside

    def test_an_article_stays_whole_among_teasers(self) -> None:
        prose = [
            f"<p>Sentence {i} of the article says that the pool opens one more connection when it is asked to.</p>"
            for i in range(60)
        ]
        teasers = [
            f'<h3><a href="/story/{i}">A story of some length about {i}</a></h3><p>By Ann</p>' for i in range(250)
        ]
        text = page(f"{''.join(teasers[:100])}<h1>Pools</h1>{''.join(prose)}{''.join(teasers[100:])}")
        assert all(f"Sentence {i} of the article" in text for i in range(60))
        assert len(text) < 25_000

    def test_a_listing_of_files_is_content(self) -> None:
        text = shown("html", SAMPLES["directory"])
        assert "[release-1.3.tar.gz](release-1.3.tar.gz)" in text or "<release-1.3.tar.gz>" in text

    def test_a_menu_that_no_tag_tells_is_left_out(self) -> None:
        menu = "".join(f'<a href="/m{i}">Menu {i}</a><br>' for i in range(15))
        text = page(f"<div>{menu}</div><h1>News</h1>" + "<p>The pool closes idle connections after a minute.</p>" * 25)
        assert text.startswith("# News\nThe pool")

    def test_a_page_of_nothing_but_navigation_shows_it(self) -> None:
        links = "".join(f'<li><a href="/p{i}">Chapter {i}</a></li>' for i in range(30))
        assert "[Chapter 29](/p29)" in page(f"<nav><ul>{links}</ul></nav>")

    def test_a_page_that_scripts_fill_shows_their_data(self) -> None:
        text = shown("html", SAMPLES["page that scripts fill"])
        assert "Title: Shop\nDescription: A shop." in text
        assert "Module not found: Can't resolve './Cart'" in text

    def test_entries_of_feeds(self) -> None:
        text = shown("html", SAMPLES["feed"])
        assert (
            "- Release 2.3 | https://example.com/news/3 | tag:example.com,2026:3 | Mon, 04 Mar 2026 | The release"
            in text
        )
        assert "<" not in text

    def test_failed_tests_of_a_report_stay(self) -> None:
        rows = [f"<tr><td>Passed</td><td>test_case_{i}</td><td>0.{i} s</td></tr>" for i in range(600)]
        rows[377] = "<tr class=failed><td>Failed</td><td>test_refund</td><td>0.4 s</td></tr>"
        text = shown("html", PAGE.format(f"<h1>Report</h1><table>{''.join(rows)}</table>"))
        assert "| Failed | test_refund | 0.4 s |" in text


@relaxed
@given(seed=st.integers(0, 10_000), name=st.sampled_from(sorted(SAMPLES)))
def test_lines_that_fail_or_are_named_stay_wherever_they_stand(seed: int, name: str) -> None:
    generator = random.Random(seed)
    lines = SAMPLES[name].split("\n")
    lines.insert(generator.randint(1, len(lines)), "ERROR worker failed: connection refused zq77e")
    lines.insert(generator.randint(1, len(lines)), "INFO request zq77cafe finished")
    text = shown("html", "\n".join(lines), "What happened to request zq77cafe?")
    assert "ERROR worker failed: connection refused zq77e" in text
    assert "INFO request zq77cafe finished" in text


def test_a_page_is_never_without_loss() -> None:
    rendition = compress("html", SAMPLES["short page"])
    assert rendition is not None
    assert rendition.kept < rendition.total == len(SAMPLES["short page"])
    assert rendition.unit == "characters"


@given(st.lists(st.sampled_from(["<p>a</p>", "<p>", "</div>", "<b>bold</b>", ""]), max_size=60))
def test_what_loses_nothing_reads_back(lines: list[str]) -> None:
    text = "<!doctype html>\n" + "\n".join(lines)
    rendition = compress("html", text, lossless=True)
    if rendition is not None:
        out: list[str] = []
        for line in rendition.text.split("\n"):
            more = re.fullmatch(r"\[the line above (\d+) more times\]", line)
            out += [out[-1]] * int(more[1]) if more else [line]
        assert "\n".join(out) == text


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 60_000 + "deep</div></div></div></div></div>",
        "<ul><li>" * 20_000 + "</li></ul></li></ul></li></ul>",
        "<a href=x><b><code>" * 9_000 + "x</code></b></a></b></a>",
        "<table><tr><td>" * 9_000 + "x</td></tr></table></td></tr></table>",
        "<p " + "a=1 " * 100_000 + ">x</p></p></p></p></p>",
        "<p>\x00 \udc80 ￿ </p>" * 400,
        "<![CDATA[ <!-- <p></p></p></p></p></p>" * 300,
    ],
)
def test_broken_markup_passes(text: str) -> None:
    rendition = compress("html", "<!doctype html>\n" + text)
    assert rendition is None or len(rendition.text) < len(text) + 16


@pytest.mark.parametrize(
    "bomb",
    [
        "<dl><dt>a<dd>b" * 40_000 + "</dl>" * 40_000,
        "<table>" + "<tr><td rowspan=60 colspan=60>a<td rowspan=60>b</td></tr>" * 5_000 + "</table>",
        "<form><select>" + "<option>a</option>" * 40_000 + "</select></form>",
    ],
)
def test_markup_that_takes_quadratic_time_is_not_read(bomb: str) -> None:
    start = time.process_time()
    compress("html", f"<!doctype html>\n{bomb}")
    assert time.process_time() - start < 2


@relaxed
@given(data=st.data(), name=st.sampled_from(sorted(SAMPLES)))
def test_mangled_pages_pass(data: st.DataObject, name: str) -> None:
    text = SAMPLES[name]
    for _ in range(data.draw(st.integers(1, 6))):
        start, end, to = sorted(data.draw(st.integers(0, len(text))) for _ in range(3))
        way = data.draw(st.integers(0, 3))
        if way == 0:
            text = text[:start] + text[end:]
        elif way == 1:
            text = text[:start] + text[end:to] + text[start:end] + text[to:]
        elif way == 2:
            text = text[:to]
        else:
            text = (
                text[:start] + data.draw(st.sampled_from(["<", "<!--", "<pre>", "<table><td>", "\x00"])) + text[start:]
            )
    rendition = compress("html", text)
    assert rendition is None or len(rendition.text) < len(text)


SOURCES = {
    "jsx": "import React from 'react';\nexport default () => (\n  <html>\n<body>" + "<p className='a'>x</p>\n" * 60,
    "jinja": "<!doctype html>\n<html><body>{% for x in y %}\n<p>{{ x }}</p>\n{% endfor %}\n" * 40,
    "php": "<!doctype html>\n<html><body>\n" + "<p><?php echo $a; ?></p>\n" * 60,
    "vue": "<template>\n  <div>" + '<p v-if="a">x</p>\n' * 60 + "</div>\n</template>\n<script>\n</script>\n",
    "python with markup": 'def page():\n    return """\n<html><body>\n' + "<p>x</p>\n" * 60 + '"""\n',
    "markdown with a page in it": "# How to\n\nWrite this:\n\n```\n<html><body>\n" + "<p>x</p>\n" * 60 + "```\n",
    "maven": '<?xml version="1.0"?>\n<project>\n'
    + "<dependency><groupId>a</groupId></dependency>\n" * 60
    + "</project>",
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources_are_no_pages(name: str) -> None:
    assert detect(Document(SOURCES[name])) != "html"
