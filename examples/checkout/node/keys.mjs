// Idempotency keys: what comes again with its key is not executed again.

import { createHash } from 'node:crypto';
import { Refusal } from './answers.mjs';

const MAX_KEYS = 100_000;

/** Creates the memory of requests that came with a key. */
export function createKeys() {
  const known = new Map();

  /** Returns the answer to a request: that of the first one with its key, where there was one. */
  async function once(request, path, platform, raw, work) {
    const key = request.headers['idempotency-key'];
    if (key === undefined) {
      return work();
    }
    // A key is of its platform, its operation and its path: elsewhere it is another key.
    const scope = JSON.stringify([platform, request.method, path, key]);
    const digest = createHash('sha256').update(raw).digest('hex');
    const before = known.get(scope);
    if (before !== undefined) {
      if (before.digest !== digest) {
        throw new Refusal(422);
      }
      if (before.answer === undefined) {
        throw new Refusal(409);
      }
      return before.answer;
    }
    const entry = { digest, answer: undefined };
    known.set(scope, entry);
    try {
      entry.answer = await work();
    } catch (error) {
      // What was refused may be tried again under the same key.
      known.delete(scope);
      throw error;
    }
    if (known.size > MAX_KEYS) {
      known.delete(known.keys().next().value);
    }
    return entry.answer;
  }

  return { once };
}
