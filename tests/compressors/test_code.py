"""What outlines of source files promise on top of the contract."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Language, Parser, Query, QueryCursor, Tree

from headroom_litellm.ccr import marker
from headroom_litellm.ccr.key import key_of
from headroom_litellm.compressors import COMPRESSORS, Document, Rendition
from headroom_litellm.compressors.code.languages import BY_NAME, grammar
from headroom_litellm.compressors.code.tell import language_of

from .examples.code import SAMPLES
from .rendering import compress, relaxed

LANGUAGES = {
    "python": "python",
    "typescript": "typescript",
    "go": "go",
    "rust": "rust",
    "c": "c",
    "numbered": "python",
    "java": "java",
    "ruby": "ruby",
    "php": "php",
    "csharp": "csharp",
    "cpp": "cpp",
    "javascript": "javascript",
    "tsx": "tsx",
}

JAVA = """package com.acme.billing;

import java.util.List;
import java.util.Map;

/** Charges customers. */
public final class Billing implements AutoCloseable {
  private final Map<String, Integer> open;

  public Billing(Map<String, Integer> open) {
    this.open = open;
  }
%s}
"""
JAVA_METHOD = """
  /** Charges once. Nothing is charged twice. */
  @Override
  public int charge%d(String customer, List<Integer> amounts) throws BillingException {
    int total = 0;
    for (int amount : amounts) {
      if (amount < 0) {
        throw new BillingException("negative amount for " + customer);
      }
      total += amount;
    }
    open.merge(customer, total, Integer::sum);
    gateway.submit(customer, total);
    return total;
  }
"""
RUBY = "# frozen_string_literal: true\n\nrequire 'json'\n\nmodule Acme\n  class Importer < Base\n%s  end\nend\n"
RUBY_METHOD = """    # Reads the rows of one file.
    def read_%d(path, options = {})
      rows = []
      File.foreach(path) do |line|
        next if line.strip.empty?
        rows << JSON.parse(line)
      end
      raise ArgumentError, "no rows in #{path}" if rows.empty?
      store.insert_all(rows, options)
      rows.size
    end

"""
PHP = "<?php\n\nnamespace Acme;\n\nuse Acme\\Store;\n\nclass Importer extends Base\n{\n%s}\n"
PHP_METHOD = """    /** Reads the rows of one file. */
    public function read%d(string $path, array $options = []): int
    {
        $rows = [];
        foreach (file($path) as $line) {
            if (trim($line) === '') {
                continue;
            }
            $rows[] = json_decode($line, true);
        }
        $this->store->insertAll($rows, $options);
        return count($rows);
    }

"""
CSHARP = "using System;\nusing System.Linq;\n\nnamespace Acme\n{\n    public class Importer : Base\n    {\n%s    }\n}\n"
CSHARP_METHOD = """        /// <summary>Reads the rows of one file.</summary>
        public async Task<int> Read%d(string path, bool strict)
        {
            var rows = new List<Row>();
            foreach (var line in File.ReadLines(path))
            {
                if (string.IsNullOrEmpty(line))
                {
                    continue;
                }
                rows.Add(Row.Parse(line, strict));
            }
            await store.InsertAsync(rows);
            return rows.Count;
        }

"""
CPP = (
    "#include <string>\n#include <vector>\n\nnamespace acme {\n\nclass Importer : public Base {\n public:\n%s};\n\n}\n"
)
CPP_METHOD = """  // Reads the rows of one file.
  std::size_t read%d(const std::string& path, bool strict) override {
    std::vector<Row> rows;
    for (const auto& line : lines(path)) {
      if (line.empty()) {
        continue;
      }
      rows.push_back(Row::parse(line, strict));
    }
    store_.insert(rows);
    return rows.size();
  }

"""
JAVASCRIPT = "'use strict'\n\nconst fs = require('fs')\n\nclass Importer {\n%s}\n\nmodule.exports = { Importer }\n"
JAVASCRIPT_METHOD = """  // Reads the rows of one file.
  async read%d (path, options = {}) {
    const rows = []
    for (const line of fs.readFileSync(path, 'utf8').split('\\n')) {
      if (line === '') {
        continue
      }
      rows.push(JSON.parse(line))
    }
    await this.store.insertAll(rows, options)
    return rows.length
  }

"""
TSX = "import React from 'react';\n\ninterface Props {\n  name: string;\n  count: number;\n}\n\n%s"
TSX_METHOD = """export function Panel%d({ name, count }: Props) {
  const [open, setOpen] = React.useState<boolean>(false);
  const items: string[] = [];
  for (let i = 0; i < count; i++) {
    items.push(`${name} ${i}`);
  }
  return (
    <div className="panel" onClick={() => setOpen(!open)}>
      <Header title={name} />
      {open && items.map((item) => <li key={item}>{item}</li>)}
    </div>
  );
}

"""

FILES = {
    **{name: text for name, text in SAMPLES.items() if name != "minified"},
    "java": JAVA % "".join(JAVA_METHOD % i for i in range(14)),
    "ruby": RUBY % "".join(RUBY_METHOD % i for i in range(14)),
    "php": PHP % "".join(PHP_METHOD % i for i in range(14)),
    "csharp": CSHARP % "".join(CSHARP_METHOD % i for i in range(14)),
    "cpp": CPP % "".join(CPP_METHOD % i for i in range(14)),
    "javascript": JAVASCRIPT % "".join(JAVASCRIPT_METHOD % i for i in range(14)),
    "tsx": TSX % "".join(TSX_METHOD % i for i in range(14)),
}

NOTE = re.compile(r"^(?: +\t)?\s*(?:#|//|\*)? ?\[… (\d+) lines? left out \((\d+)-(\d+)\).*\]$")
GUTTER = re.compile(r"^ *\d+\t", re.MULTILINE)


def account(rendition: Rendition, source: str) -> None:
    """Shown rows are the source's own at the numbers that the notes before them tell; together they are all of it."""
    rows = source.removesuffix("\n").split("\n")
    at = dropped = 0
    for line in rendition.text.removesuffix("\n").split("\n"):
        note = NOTE.match(line)
        if note is not None and int(note[2]) == at + 1 and line != rows[at]:
            assert int(note[1]) == int(note[3]) - int(note[2]) + 1
            dropped += int(note[1])
            at = int(note[3])
        else:
            assert line == rows[at]
            at += 1
    assert at == len(rows) == rendition.total
    assert rendition.kept + dropped == rendition.total


def parse(text: str, language: str) -> Tree:
    return Parser(grammar(language)).parse(text.encode())


def errors(text: str, language: str) -> int:
    found = QueryCursor(Query(grammar(language), "(ERROR) @e (MISSING) @m")).captures(parse(text, language).root_node)
    return sum(map(len, found.values()))


@pytest.mark.parametrize("name", FILES)
class TestEveryLanguage:
    def test_it_is_told_without_a_path(self, name: str) -> None:
        language = language_of(Document(FILES[name]))
        assert language is not None
        assert language.name == LANGUAGES[name]

    def test_a_good_part_is_left_out_and_accounted_for(self, name: str) -> None:
        rendition = compress("code", FILES[name])
        assert rendition is not None
        assert len(rendition.text) < 0.75 * len(FILES[name])
        account(rendition, FILES[name])

    @relaxed
    @given(data=st.data())
    def test_it_parses_whatever_is_asked_for(self, name: str, data: st.DataObject) -> None:
        words = sorted(set(re.findall(r"\w{4,}", FILES[name])))
        query = " ".join(data.draw(st.lists(st.sampled_from(words), max_size=6)))
        rendition = compress("code", FILES[name], query)
        if rendition is None:
            return
        account(rendition, FILES[name])
        if name != "numbered":
            assert not parse(rendition.text, LANGUAGES[name]).root_node.has_error

    @relaxed
    @given(at=st.floats(0.1, 0.95))
    def test_a_comment_that_the_query_names_stays(self, name: str, at: float) -> None:
        comment = BY_NAME[LANGUAGES[name]].comment
        rows = FILES["python" if name == "numbered" else name].split("\n")
        k = int(at * len(rows))
        indent = re.match(r"\s*", rows[k])
        rows.insert(k, f"{indent[0] if indent else ''}{comment} zq77cafe01a")
        text = "\n".join(rows)
        if name == "numbered":
            text = "\n".join(f"{n:6}\t{row}" for n, row in enumerate(rows, 1))
        rendition = compress("code", text, "Where is zq77cafe01a handled?")
        assert rendition is None or "zq77cafe01a" in rendition.text

    def test_every_signature_of_a_file_of_this_size_stays(self, name: str) -> None:
        rendition = compress("code", FILES[name])
        assert rendition is not None
        signature = re.compile(
            r"^(?: +\d+\t)?[ \t]*(?:def|func(?= \()|pub fn|static int|public|async|std::size_t|export function)"
            r" [^\n]*?\(",
            re.MULTILINE,
        )
        wanted = signature.findall(FILES[name])
        assert len(wanted) >= 8
        assert signature.findall(rendition.text) == wanted


STANDARD = Path(sysconfig.get_paths()["stdlib"])
MODULES = [
    "argparse", "ast", "asyncio/base_events", "base64", "calendar", "collections/__init__", "configparser", "csv",
    "dataclasses", "datetime", "difflib", "email/message", "enum", "functools", "http/client", "inspect",
    "json/decoder", "logging/__init__", "mailbox", "pathlib", "pdb", "pickle", "shutil", "socket", "statistics",
    "subprocess", "tarfile", "textwrap", "threading", "tokenize", "typing", "unittest/mock", "urllib/request", "uuid",
    "zipfile",
]  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_real_modules_parse_and_add_up(module: str) -> None:
    path = STANDARD / f"{module}.py"
    if not path.exists():
        pytest.skip("not in this version")
    text = path.read_text("utf-8")
    rendition = compress("code", text, "how are errors raised and handled")
    if rendition is None:
        return
    account(rendition, text)
    assert errors(rendition.text, "python") <= errors(text, "python")


class TestChoice:
    def test_a_function_that_the_query_names_stays_whole(self) -> None:
        text = FILES["go"]
        rendition = compress("code", text, "why does RetryAfter fail?")
        assert rendition is not None
        start = text.index("// RetryAfter takes")
        end = text.find("\n}\n", start)
        assert text[start : end if end > 0 else len(text)] in rendition.text

    def test_the_window_around_a_name_in_a_long_function_is_shown(self) -> None:
        body = "".join(
            f"    if step == {i}:\n        handle_{i}(step)\n        record(step, {i})\n" for i in range(300)
        )
        text = f"import os\n\n\ndef run(step):\n    started = now()\n{body}    return started\n"
        text = text.replace("record(step, 211)", "needle_211x(step)")
        rendition = compress("code", text, "what does needle_211x do?")
        assert rendition is not None
        assert "    if step == 211:\n        handle_211(step)\n        needle_211x(step)\n" in rendition.text
        assert len(rendition.text) < 0.5 * len(text)
        account(rendition, text)

    def test_a_note_says_what_is_mentioned_and_raised(self) -> None:
        rendition = compress("code", FILES["java"])
        assert rendition is not None
        assert re.search(
            r"    // \[… \d+ lines left out \(\d+-\d+\): mentions .*gateway.submit.*; raises BillingException\]",
            rendition.text,
        )

    def test_what_is_mentioned_is_not_taken_from_comments_and_docstrings(self) -> None:
        body = "    # see also imagined(x)\n" + "    value = real_call(value)\n    value += 1\n" * 20
        text = "import os\n\n" + "".join(f"def f{i}(value):\n{body}    return value\n\n\n" for i in range(20))
        rendition = compress("code", text)
        assert rendition is not None
        assert "mentions real_call" in rendition.text
        assert "mentions imagined" not in rendition.text

    def test_definitions_left_out_are_named(self) -> None:
        text = "import os\n\n" + "".join(f"def step_{i}(a):\n    return a + {i}\n\n\n" for i in range(3000))
        rendition = compress("code", text, "what does step_2222 return?")
        assert rendition is not None
        assert len(rendition.text) < 40_000
        assert "def step_2222(a):\n    return a + 2222" in rendition.text
        assert re.search(r"# \[… \d+ lines left out \(\d+-\d+\): step_\d+, step_\d+, .* more", rendition.text)

    def test_imports_that_nothing_shown_uses_go_from_a_long_list(self) -> None:
        imports = "".join(f"from package.module_{i} import thing_{i}\n" for i in range(120))
        text = imports + FILES["python"].split("from __future__ import annotations\n")[1].replace("Ledger,", "thing_7,")
        rendition = compress("code", text)
        assert rendition is not None
        assert "import thing_7\n" in rendition.text
        assert "import thing_99\n" not in rendition.text

    def test_of_generated_code_less_is_shown(self) -> None:
        written = compress("code", FILES["go"] * 3)
        generated = compress("code", "// Code generated by protoc-gen-go. DO NOT EDIT.\n" + FILES["go"] * 3)
        assert written is not None
        assert generated is not None
        assert len(generated.text) < 0.8 * len(written.text)

    def test_fields_are_named_not_their_types(self) -> None:
        fields = "".join(
            f'\t// Option{i} is one.\n\tOption{i} map[string]Handler{i} `json:"o{i}"`\n\n' for i in range(300)
        )
        rendition = compress("code", f'package a\n\nimport "fmt"\n\ntype Server struct {{\n{fields}}}\n' + FILES["go"])
        assert rendition is not None
        told = re.findall(r"left out \(\d+-\d+\): (Option[^]]*)\]", rendition.text)
        assert told
        assert "Handler" not in "".join(told)

    def test_what_is_raised_is_named_not_the_word_before_it(self) -> None:
        text = FILES["php"].replace(
            "$rows = [];", "if (!$path) {\n                throw new \\Acme\\NoPath('x');\n            }"
        )
        rendition = compress("code", text)
        assert rendition is not None
        assert "; raises \\Acme\\NoPath]" in rendition.text
        assert "raises new" not in rendition.text

    def test_what_strings_and_comments_raise_is_not_told(self) -> None:
        body = (
            "    # raise CommentError\n    value = 'please raise StringError'\n" + "    value = real_call(value)\n" * 30
        )
        text = "import os\n\n" + "".join(f"def f{i}(value):\n{body}    return value\n\n\n" for i in range(20))
        rendition = compress("code", text)
        assert rendition is not None
        assert "raises" not in rendition.text

    def test_an_attribute_stays_with_what_it_is_of(self) -> None:
        inner = "".join(
            f'    #[derive(Serialize)]\n    #[serde(tag = "kind{i}")]\n    struct Local{i} {{\n'
            + "".join(f"        member_{n}_of_{i}: Vec<String>,\n" for n in range(16))
            + "    }\n"
            + f"    check(Local{i}::new({i}));\n"
            for i in range(60)
        )
        text = f"use serde::Serialize;\nuse std::io;\n\nfn main() {{\n{inner}}}\n"
        rendition = compress("code", text)
        assert rendition is not None
        account(rendition, text)
        rows = rendition.text.split("\n")
        shown = [n for n, row in enumerate(rows) if re.match(r"    struct Local\d+ ", row)]
        assert shown
        assert all("#[serde(tag" in rows[n - 1] for n in shown)

    def test_a_long_attribute_is_shown_whole_or_not_at_all(self) -> None:
        lints = "".join(f"    clippy::some_lint_with_a_long_name_{i},\n" for i in range(20))
        text = f"#![allow(\n{lints})]\n\n{FILES['rust']}"
        rendition = compress("code", text)
        assert rendition is not None
        account(rendition, text)
        assert ("#![allow(\n" in rendition.text) == (lints in rendition.text)

    def test_a_long_block_around_a_name_is_cut_between_statements(self) -> None:
        block = "".join(
            f"    if (kind === {i}) {{\n      use(kind)\n      keep(kind)\n"
            f"      log('{i} is a kind of its own, as always')\n    }} else {{\n"
            f"      log('{i} is of no kind at all, as seldom')\n      drop{i}()\n    }}\n"
            for i in range(27)
        )
        text = "const a = require('a')\n\n" + "".join(
            f"function run{k} (kind) {{\n  if (kind) {{\n{block.replace('drop13', f'drop13x{k}y')}  }}\n}}\n\n"
            for k in range(3)
        )
        rendition = compress("code", text, "what calls drop13x1y?")
        assert rendition is not None
        account(rendition, text)
        start = text.index("    if (kind === 13) {", text.index("function run1"))
        assert text[start : text.index("    if (kind === 14)", start)] in rendition.text
        assert not parse(rendition.text, "javascript").root_node.has_error

    def test_words_of_the_path_ask_for_nothing(self) -> None:
        licence = "# Copyright 2020 Acme Ltd\n#\n" + "# Permission is granted to anybody to do anything with it.\n" * 12
        text = licence + "import os\n" + FILES["python"].split("from __future__ import annotations\n")[1]
        arguments = json.dumps({"file_path": "src/copyright/acme/invoices.py"})
        query = "src/copyright/acme/invoices.py\nfix it"
        rendition = COMPRESSORS["code"].compress(Document(text, arguments=arguments, query=query))
        assert rendition is not None
        assert "# [… 13 lines left out (2-14)]\n" in rendition.text


class TestForms:
    def test_a_note_is_no_comment_of_the_source(self) -> None:
        for name in ("python", "go"):
            rendition = compress("code", FILES[name])
            assert rendition is not None
            notes = [line for line in rendition.text.split("\n") if "…" in line]
            assert notes
            assert all(NOTE.match(line) for line in notes)

    def test_a_function_with_nothing_but_its_docstring_at_the_end(self) -> None:
        text = FILES["python"].rstrip("\n") + '\n\n\ndef nothing():\n    """Does\n\n    nothing.\n    """'
        rendition = compress("code", text)
        assert rendition is not None
        account(rendition, text)

    @pytest.mark.parametrize("query", ["", "why does RetryAfter fail?"])
    def test_an_output_that_its_program_has_cut_is_left_alone(self, query: str) -> None:
        rows = FILES["go"].split("\n")
        half = len(rows) // 2
        text = "\n".join([*rows[:half], "</output_head>", "2212 characters elided", "<output_tail>", *rows[half + 9 :]])
        assert compress("code", text, query) is None

    def test_behind_lines_that_are_no_code_line_numbers_are_those_of_the_excerpt(self) -> None:
        text = "Here is all of the file, as it was asked for:\n" + FILES["python"]
        arguments = json.dumps({"command": "cat a.py"})
        rendition = COMPRESSORS["code"].compress(Document(text, tool="bash", arguments=arguments))
        assert rendition is not None
        assert re.search(r" lines left out \(\d+-\d+ of this excerpt\)", rendition.text)
        assert not re.search(r" lines left out \(\d+-\d+\)", rendition.text)

    def test_little_is_not_worth_it(self) -> None:
        for text in FILES.values():
            rendition = compress("code", text)
            assert rendition is None or len(text) - len(rendition.text) >= 1_500

    def test_line_numbers_before_rows_stay_with_their_rows(self) -> None:
        rendition = compress("code", FILES["numbered"], "InvoiceError")
        assert rendition is not None
        account(rendition, FILES["numbered"])
        shown = [line for line in rendition.text.split("\n") if GUTTER.match(line)]
        assert len(shown) == rendition.kept
        bare = GUTTER.sub("", "\n".join(shown))
        assert not parse(bare, "python").root_node.has_error

    def test_the_line_numbers_of_a_part_of_a_file_are_those_of_the_file(self) -> None:
        document = Document(
            FILES["python"], tool="bash", arguments=json.dumps({"command": "sed -n '1001,1400p' app/invoices.py"})
        )
        rendition = COMPRESSORS["code"].compress(document)
        assert rendition is not None
        first = re.search(r"… (\d+) lines left out \((\d+)-", rendition.text)
        assert first is not None
        assert int(first[2]) > 1000

    @pytest.mark.parametrize("command", ["tail -n 300 a.py", "cat a.py b.py", "cat a.py | grep -v x"])
    def test_other_line_numbers_are_said_to_be_those_of_the_excerpt(self, command: str) -> None:
        arguments = json.dumps({"command": command})
        rendition = COMPRESSORS["code"].compress(Document(FILES["python"], tool="bash", arguments=arguments))
        assert rendition is not None
        assert " of this excerpt)" in rendition.text

    @pytest.mark.parametrize(("ending", "language"), [("ts", "typescript"), ("tsx", "tsx"), ("js", "javascript")])
    def test_a_path_tells_scripts_apart(self, ending: str, language: str) -> None:
        told = language_of(Document(FILES["javascript"], arguments=json.dumps({"file_path": f"src/importer.{ending}"})))
        assert told is not None
        assert told.name == language

    def test_long_strings_do_not_hide_a_file(self) -> None:
        letters = "".join(f'          + "MIIBkjCCATegAwIBAgIUfz{i:04}AoGBAKZ3\\n"\n' for i in range(60))
        text = (JAVA % "".join(JAVA_METHOD % i for i in range(3))).rstrip(
            "}\n"
        ) + f'\n  String pem = ""\n{letters}  ;\n}}\n'
        told = language_of(Document(text))
        assert told is not None
        assert told.name == "java"

    def test_a_path_is_no_proof(self) -> None:
        arguments = json.dumps({"file_path": "notes/app.py"})
        prose = "Some prose that goes on for a while and says little of interest to anybody.\n" * 100
        assert language_of(Document(prose, arguments=arguments)) is None

    def test_nothing_is_dropped_where_nothing_may_be_lost(self) -> None:
        assert all(compress("code", text, lossless=True) is None for text in FILES.values())

    def test_short_files_stay_whole(self) -> None:
        assert compress("code", FILES["python"][:2_900]) is None

    def test_carriage_returns_stay(self) -> None:
        rendition = compress("code", FILES["python"].replace("\n", "\r\n"))
        assert rendition is not None
        account(rendition, FILES["python"].replace("\n", "\r\n"))

    @pytest.mark.parametrize(
        "text",
        [
            "use strict;\nmy $x = shift;\nwhile (my $line = <$fh>) {\n  next unless $line =~ /x/;\n}\n" * 80,
            "set -eu\nROOT=$(pwd)\nif [ -d build ]; then\n  rm -rf build\nfi\n" * 150,
            '  def start(conn) do\n    {:ok, pid} = run(conn)\n    pid\n    |> Map.new(%{"a" => 1})\n  end\n\n' * 80,
            "jobs:\n  - name: Run all the tests\n    run: make test\n    with:\n      a: b c\n" * 150,
            "## How to\n\nRun it:\n\n```python\nimport os\n\ndef f(x):\n    return x\n```\n\nThat is all.\n" * 60,
        ],
    )
    def test_what_no_grammar_reads_is_left_alone(self, text: str) -> None:
        assert language_of(Document(text)) is None
        assert compress("code", text) is None

    def test_what_does_not_parse_is_left_alone(self) -> None:
        text = FILES["python"].replace("):", ") then").replace("for line in lines:", "for (line; in] lines:")
        assert compress("code", text) is None


class TestMinified:
    def test_each_part_left_out_has_its_marker(self) -> None:
        text = SAMPLES["minified"] * 4
        rendition = compress("code", text, "where is h133x set?")
        assert rendition is not None
        assert marker.scan(rendition.text) == [key_of(span) for span in rendition.spans]
        assert rendition.kept + sum(map(len, rendition.spans)) == rendition.total == len(text)

    def test_what_the_query_names_is_shown(self) -> None:
        text = SAMPLES["minified"].replace("return e.h33||-1", "return e.needle_33x||-1")
        rendition = compress("code", text, "where is needle_33x?")
        assert rendition is not None
        assert "needle_33x" in rendition.text
        for span in rendition.spans:
            assert span in text


def test_grammars_are_loaded_when_a_file_comes() -> None:
    code = "import sys, headroom_litellm; print([name for name in sys.modules if name.startswith('tree_sitter')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_language_has_its_grammar() -> None:
    for name in BY_NAME:
        assert isinstance(grammar(name), Language)
