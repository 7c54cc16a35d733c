// What the service knows: orders, and the answers to requests with an idempotency key. All of it is in memory.

import { createHash, randomBytes } from 'node:crypto';
import { Refusal } from './answers.mjs';

const SAMPLES = new Map([
  ['ord_sample', 'placed'],
  ['ord_shipped', 'shipped'],
]);
const MAX_KEYS = 100_000;

/** Creates the orders of all accounts. Each account begins with two samples. */
export function createOrders() {
  const orders = new Map();
  const place = (account, id) => JSON.stringify([account, id]);

  return {
    create(account, content) {
      const id = `ord_${randomBytes(10).toString('hex')}`;
      return { id, account, content, total: content.price * content.quantity, status: 'placed' };
    },
    add(order) {
      orders.set(place(order.account, order.id), order);
    },
    cancel(account, id) {
      const at = place(account, id);
      if (SAMPLES.has(id) && !orders.has(at)) {
        orders.set(at, { id, account, content: {}, total: 0, status: SAMPLES.get(id) });
      }
      const order = orders.get(at);
      if (order === undefined) {
        throw new Refusal(404);
      }
      if (order.status !== 'placed') {
        throw new Refusal(409);
      }
      order.status = 'cancelled';
    },
  };
}

/** Creates the memory of requests that came with an idempotency key. */
export function createKeys() {
  const known = new Map();

  /** Returns the answer to a request; what has the key of an earlier one of its caller is not executed again. */
  async function once({ key, account, path, raw }, work) {
    if (key === undefined) {
      return work();
    }
    const place = JSON.stringify([account, key]);
    const digest = createHash('sha256').update(`${path}\n`).update(raw).digest('hex');
    const before = known.get(place);
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
    known.set(place, entry);
    try {
      entry.answer = await work();
    } catch (error) {
      // What has failed may be tried again under the same key.
      known.delete(place);
      throw error;
    }
    if (known.size > MAX_KEYS) {
      known.delete(known.keys().next().value);
    }
    return entry.answer;
  }

  return { once };
}
