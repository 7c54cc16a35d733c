// Tickets, and the keys of the requests that have opened them: in memory, made of the journal at the start.

import { createHash, randomBytes } from 'node:crypto';
import { Refusal } from './answers.mjs';

/** Creates the store. What changes it is `apply`, and nothing else. */
export function createStore() {
  const tickets = new Map();
  const keys = new Map();
  let places = 0;

  function apply({ caller, ticket, gone, key }) {
    if (ticket !== undefined) {
      const before = tickets.get(ticket.id);
      tickets.set(ticket.id, { caller, place: before?.place ?? (places += 1), ticket });
    }
    if (gone !== undefined) {
      tickets.delete(gone);
    }
    if (key !== undefined) {
      keys.set(key.place, key);
    }
  }

  function create({ title, text }) {
    return { id: `tic_${randomBytes(10).toString('hex')}`, title, text, status: 'open', version: 1 };
  }

  function get(caller, id) {
    const found = tickets.get(id);
    if (found === undefined || found.caller !== caller) {
      throw new Refusal(404);
    }
    return found.ticket;
  }

  /** Returns the tickets of a caller behind a place, and where the next page begins, if there is one. */
  function page(caller, after, limit) {
    const own = [...tickets.values()].filter((one) => one.caller === caller && one.place > after);
    const rows = own.slice(0, limit);
    return { items: rows.map((one) => one.ticket), place: own.length > limit ? rows.at(-1).place : undefined };
  }

  /** Returns the ticket that a request with this key has opened, as it was then. */
  function known(caller, key, raw) {
    const found = key === undefined ? undefined : keys.get(JSON.stringify([caller, key]));
    if (found !== undefined && found.digest !== digestOf(raw)) {
      throw new Refusal(422);
    }
    return found?.ticket;
  }

  /** Returns what is noted of a request with a key. */
  function note(caller, key, raw, ticket) {
    return key === undefined ? undefined : { place: JSON.stringify([caller, key]), digest: digestOf(raw), ticket };
  }

  return { apply, create, get, known, note, page };
}

function digestOf(raw) {
  return createHash('sha256').update(raw).digest('hex');
}
