// The journal: one file, a line for each change, which is there as a whole or not at all, whenever the process is killed.

import { ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Opens the journal of a folder, and has each change in it applied; without a folder, none is to outlive the process. */
export function openJournal(folder, apply) {
  const temporary = folder ? undefined : mkdtempSync(join(tmpdir(), 'tickets-'));
  const file = join(folder || temporary, 'journal.jsonl');
  const handle = openSync(file, 'a+');
  const text = readFileSync(file);
  // A kill in the middle of a line: its change was never answered.
  const whole = text.lastIndexOf('\n') + 1;
  ftruncateSync(handle, whole);
  for (const line of text.subarray(0, whole).toString().split('\n').filter(Boolean)) {
    apply(JSON.parse(line));
  }

  return {
    append(change) {
      const line = Buffer.from(`${JSON.stringify(change)}\n`);
      for (let at = 0; at < line.length; ) {
        at += writeSync(handle, line, at);
      }
      apply(change);
    },
    close() {
      if (temporary !== undefined) {
        rmSync(temporary, { recursive: true, force: true });
      }
    },
  };
}
