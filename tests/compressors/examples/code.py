"""Source files."""

from __future__ import annotations

__all__ = ["SAMPLES", "large"]


def _python(n: int = 14) -> str:
    head = '''"""Invoices: reading them from the ledger, checking them and sending them on.

Amounts are in cents. A draft has no number until it is issued; what has been issued is never changed again, but
followed by a credit note.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .ledger import Ledger, LedgerError
from .mail import Mailer

log = logging.getLogger(__name__)

MAX_LINES = 500


@dataclass(frozen=True)
class Line:
    """One position of an invoice."""

    article: str
    quantity: int
    price: int


class InvoiceError(Exception):
    """An invoice that cannot be issued."""


class InvoiceService:
    """Everything that may be done with an invoice.

    The service holds no state of its own: two of them on one ledger see the same invoices.
    """

    def __init__(self, ledger: Ledger, mailer: Mailer, *, currency: str = "EUR") -> None:
        self._ledger = ledger
        self._mailer = mailer
        self._currency = currency
'''
    steps = ["draft", "issue", "send", "remind", "settle", "cancel", "credit", "export", "archive", "restore"]
    for i in range(n):
        step = f"{steps[i % len(steps)]}{'_batch' * (i // len(steps))}"
        head += f'''
    def {step}(self, number: str, lines: list[Line], *, dry_run: bool = False) -> Decimal:
        """{step.replace("_", " ").capitalize()} the invoice with that number.

        The ledger is asked first, and told only when nothing went wrong.
        """
        if len(lines) > MAX_LINES:
            raise InvoiceError(f"{{number}} has {{len(lines)}} lines")
        total = Decimal(0)
        for line in lines:
            if line.quantity <= 0:
                log.warning("no quantity of %s in %s", line.article, number)
                continue
            total += line.quantity * line.price
        try:
            entry = self._ledger.open_{step}(number, total, self._currency)
        except LedgerError as error:
            log.error("{step} of %s: %s", number, error)
            raise
        if not dry_run:
            self._ledger.commit(entry)
            self._mailer.notify_{step}(number, total)
        return total
'''
    return (
        head
        + '''

def overdue(ledger: Ledger, days: int = 30) -> Iterator[str]:
    """The numbers of the invoices that nobody has paid for so long."""
    for entry in ledger.entries():
        if entry.open and entry.age > days:
            yield entry.number
'''
    )


def _typescript(n: int = 12) -> str:
    text = """import { createHash } from "node:crypto";
import type { Request, Response } from "express";
import { Pool } from "pg";

export interface SessionRecord {
  id: string;
  userId: number;
  expires: Date;
}

export type SessionResult = { ok: true; session: SessionRecord } | { ok: false; reason: string };

const TTL_SECONDS = 3600;

export class SessionStore {
  private readonly cache = new Map<string, SessionRecord>();

  constructor(private readonly pool: Pool) {}
"""
    for i in range(n):
        name = ["find", "create", "renew", "revoke", "purge", "count"][i % 6] + "Session" + "ForDevice" * (i // 6)
        text += f"""
  /**
   * {name}: looks into the cache first and then into the database.
   * The record is renewed when it is about to expire.
   */
  async {name}(req: Request, res: Response): Promise<SessionResult> {{
    const token = req.headers["x-session"];
    if (typeof token !== "string") {{
      res.status(401);
      return {{ ok: false, reason: "no token" }};
    }}
    const key = createHash("sha256").update(token).digest("hex");
    const cached = this.cache.get(key);
    if (cached && cached.expires.getTime() > Date.now()) {{
      return {{ ok: true, session: cached }};
    }}
    const rows = await this.pool.query("select * from sessions where key = $1", [key]);
    if (rows.rowCount === 0) {{
      throw new Error(`{name}: unknown session`);
    }}
    this.cache.set(key, rows.rows[0]);
    return {{ ok: true, session: rows.rows[0] }};
  }}
"""
    return text + "}\n"


def _go(n: int = 10) -> str:
    text = """// Package queue hands jobs to workers, each once.
package queue

import (
\t"context"
\t"errors"
\t"fmt"
\t"sync"
\t"time"
)

// ErrClosed is returned when the queue takes no more jobs.
var ErrClosed = errors.New("queue: closed")

// Job is a piece of work.
type Job struct {
\tID       string
\tAttempts int
\tDue      time.Time
}

// Queue is safe for concurrent use.
type Queue struct {
\tmu     sync.Mutex
\tjobs   []Job
\tclosed bool
}
"""
    for i in range(n):
        name = ["Push", "Pop", "Peek", "Retry", "Drain"][i % 5] + "After" * (i // 5)
        text += f'''
// {name} takes the lock for as long as it looks at the jobs.
// It returns ErrClosed when the queue has been closed before.
func (q *Queue) {name}(ctx context.Context, id string, delay time.Duration) (*Job, error) {{
\tq.mu.Lock()
\tdefer q.mu.Unlock()
\tif q.closed {{
\t\treturn nil, ErrClosed
\t}}
\tfor i := range q.jobs {{
\t\tjob := &q.jobs[i]
\t\tif job.ID != id || job.Due.After(time.Now().Add(delay)) {{
\t\t\tcontinue
\t\t}}
\t\tif err := ctx.Err(); err != nil {{
\t\t\treturn nil, fmt.Errorf("{name} %s: %w", id, err)
\t\t}}
\t\tjob.Attempts++
\t\treturn job, nil
\t}}
\treturn nil, fmt.Errorf("{name}: no job %s", id)
}}
'''
    return text


def _rust(n: int = 10) -> str:
    text = """//! Reads and writes the frames of the wire protocol.

use std::io::{self, Read, Write};

/// A frame as it goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub kind: u8,
    pub payload: Vec<u8>,
}

pub struct Codec<S> {
    stream: S,
    limit: usize,
}

impl<S: Read + Write> Codec<S> {
    pub fn new(stream: S, limit: usize) -> Self {
        Codec { stream, limit }
    }
"""
    for i in range(n):
        name = ["read_frame", "write_frame", "skip_frame", "ping", "close"][i % 5] + "_timed" * (i // 5)
        text += f'''
    /// {name}: gives back what the other side has sent.
    pub fn {name}(&mut self, kind: u8) -> io::Result<Frame> {{
        let mut header = [0u8; 5];
        self.stream.read_exact(&mut header)?;
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        if length > self.limit {{
            return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
        }}
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload)?;
        if header[0] != kind {{
            panic!("{name}: unexpected kind {{}}", header[0]);
        }}
        Ok(Frame {{ kind, payload }})
    }}
'''
    return text + "}\n"


def _c(n: int = 9) -> str:
    text = """/* Buffers that grow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_STEP 4096

typedef struct buffer {
    char *data;
    size_t used;
    size_t size;
} buffer;
"""
    for i in range(n):
        name = ["append", "insert", "remove", "copy", "trim"][i % 5] + "_utf8" * (i // 5)
        text += f"""
/* Returns 0, or -1 when there is no memory left. */
static int buffer_{name}(buffer *b, const char *text, size_t length)
{{
    size_t wanted = b->used + length + 1;

    if (wanted > b->size) {{
        size_t size = (wanted / BUFFER_STEP + 1) * BUFFER_STEP;
        char *data = realloc(b->data, size);
        if (data == NULL) {{
            fprintf(stderr, "buffer_{name}: no memory for %zu\\n", size);
            return -1;
        }}
        b->data = data;
        b->size = size;
    }}
    memcpy(b->data + b->used, text, length);
    b->used += length;
    b->data[b->used] = 0;
    return 0;
}}
"""
    return text


def _numbered(text: str) -> str:
    return "\n".join(f"{number:6}\t{line}" for number, line in enumerate(text.split("\n"), 1))


def _minified(n: int = 60) -> str:
    parts = "".join(
        f"function f{i}(e,t){{var n=e.length;for(var r=0;r<n;r++)if(t(e[r],r)===!1)return r;return e.h{i}||-1}}"
        for i in range(n)
    )
    module = f'!function(w){{"use strict";{parts}w.exports={{f0:f0,f1:f1}};exports.mount=f2}}(window);'
    return f"/*! widgets v2.1.0 */\n{module}\n"


SAMPLES: dict[str, str] = {
    "python": _python(),
    "typescript": _typescript(),
    "go": _go(),
    "rust": _rust(),
    "c": _c(),
    "numbered": _numbered(_python(10)),
    "minified": _minified(),
}


def large(megabytes: int) -> str:
    text = _python(30)
    times = megabytes * 1_000_000 // len(text)
    return "\n\n".join(text.replace("InvoiceService", f"InvoiceService{i}") for i in range(times))
