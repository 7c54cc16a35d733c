// Tickets are opened, changed, closed and deleted, and webhooks tell of that. README.md lists the variables.

import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { json, lifecycle, problem, Refusal, send } from './answers.mjs';
import { readObject } from './body.mjs';
import { answerChanged, answerRead, checkMatch, tagOf } from './conditions.mjs';
import { openJournal } from './journal.mjs';
import { createOutbox, event } from './outbox.mjs';
import { createStore } from './store.mjs';

const { env } = process;
const MAX_LIMIT = 100;
const MAX_AFTER = 1_000_000_000_000;
// What was sent before the signal may still have to be read.
const LAST_CALL_MS = 100;
const LAST_HEAD_MS = 1_000;
const LONGEST_READ_MS = 15_000;

const apiKeys = env.API_KEYS.split(',');
const store = createStore();
const outbox = createOutbox(env.WEBHOOK, env.WEBHOOK_SECRET, Number(env.TIMEOUT_MS ?? 5000));
const journal = openJournal(env.STATE, (change) => {
  store.apply(change);
  outbox.apply(change);
});
outbox.start(journal);

// What comes again with its key opens no other ticket.
async function openTicket({ request, response }) {
  const caller = callerOf(request);
  const { value, raw } = await readObject(request, response, { whole: true });
  const key = request.headers['idempotency-key'];
  let ticket = store.known(caller, key, raw);
  if (ticket === undefined) {
    ticket = store.create(value);
    commit({ caller, ticket, event: event('ticket.opened', ticket), key: store.note(caller, key, raw, ticket) });
  }
  return json(201, ticket, { ETag: tagOf(ticket), Location: `/tickets/${ticket.id}` });
}

async function listTickets({ request }) {
  const caller = callerOf(request);
  const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
  const limit = numberOf(query, 'limit', 20, 1, MAX_LIMIT);
  const after = numberOf(query, 'after', 0, 0, MAX_AFTER);
  const { items, place } = store.page(caller, after, limit);
  return json(200, { items, ...(place === undefined ? {} : { next: `/tickets?limit=${limit}&after=${place}` }) });
}

async function getTicket({ request, params: [id] }) {
  return answerRead(request, store.get(callerOf(request), id));
}

async function changeTicket({ request, response, params: [id] }) {
  const caller = callerOf(request);
  const { value } = await readObject(request, response, { whole: false });
  const ticket = store.get(caller, id);
  checkMatch(request, ticket);
  checkOpen(ticket);
  const after = { ...ticket, ...value, version: ticket.version + 1 };
  commit({ caller, ticket: after, event: event('ticket.changed', after) });
  return answerChanged(after);
}

async function closeTicket({ request, params: [id] }) {
  const caller = callerOf(request);
  const ticket = store.get(caller, id);
  checkOpen(ticket);
  const after = { ...ticket, status: 'closed', version: ticket.version + 1 };
  commit({ caller, ticket: after, event: event('ticket.closed', after) });
  return answerChanged(after);
}

async function deleteTicket({ request, params: [id] }) {
  const caller = callerOf(request);
  const ticket = store.get(caller, id);
  checkMatch(request, ticket);
  const after = { ...ticket, version: ticket.version + 1 };
  commit({ caller, gone: id, event: event('ticket.deleted', after) });
  return { status: 204 };
}

// No function waits between what it looks at and this: what it has seen is what it changes.
function commit(change) {
  journal.append(change);
  outbox.wake();
}

function callerOf(request) {
  const shown = Buffer.from(request.headers['x-api-key'] ?? '');
  const place = apiKeys.map((key) => Buffer.from(key)).findIndex((key) => same(key, shown));
  if (place < 0) {
    throw new Refusal(401);
  }
  return `caller-${place + 1}`;
}

function same(one, other) {
  return one.length === other.length && timingSafeEqual(one, other);
}

function checkOpen(ticket) {
  if (ticket.status !== 'open') {
    throw new Refusal(409);
  }
}

function numberOf(query, name, usual, least, most) {
  const said = query.getAll(name);
  if (said.length === 0) {
    return usual;
  }
  const value = Number(said[0]);
  if (said.length > 1 || !/^[0-9]{1,13}$/.test(said[0]) || value < least || value > most) {
    throw new Refusal(400);
  }
  return value;
}

async function ready() {
  return { status: 200, body: 'ready\n', headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
}

const ROUTES = [
  ['/tickets', { GET: listTickets, POST: openTicket }],
  ['/tickets/*', { GET: getTicket, PATCH: changeTicket, DELETE: deleteTicket }],
  ['/tickets/*/close', { POST: closeTicket }],
  ['/healthz', { GET: ready }],
].map(([form, handlers]) => [new RegExp(`^${form.replaceAll('*', '([^/]+)')}$`), handlers]);

async function answer(request, response) {
  // Two of them may name two hosts (RFC 9112 section 3.2).
  if (request.headersDistinct.host?.length > 1) {
    throw new Refusal(400, { Connection: 'close' });
  }
  const [path] = request.url.split('?', 1);
  for (const [form, handlers] of ROUTES) {
    const match = form.exec(path);
    if (match === null) {
      continue;
    }
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (!Object.hasOwn(handlers, method)) {
      const methods = Object.keys(handlers);
      throw new Refusal(405, { Allow: [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ') });
    }
    return handlers[method]({ request, response, path, params: match.slice(1).map(unescaped) });
  }
  throw new Refusal(404);
}

function unescaped(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(404);
  }
}

async function handle(request, response) {
  let told;
  try {
    told = await answer(request, response);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      console.error(error);
    }
    told = problem(error.status ?? 500, error.headers);
  }
  // What is left of a body that nobody wants is not read as the next request.
  if (!request.complete) {
    told = { ...told, headers: { ...told.headers, Connection: 'close' } };
    request.on('error', () => request.socket.destroy());
    request.resume();
  }
  send(response, told);
}

function main() {
  const atWork = new Set();

  function onRequest(request, response) {
    const work = handle(request, response).finally(() => atWork.delete(work));
    atWork.add(work);
  }

  const server = createServer({ requestTimeout: LONGEST_READ_MS, headersTimeout: LONGEST_READ_MS }, onRequest);
  // Without this, Node tells each client to go on before anything has been looked at.
  server.on('checkContinue', onRequest);
  server.listen(Number(env.PORT ?? 3000), '127.0.0.1');

  function drain() {
    if (lifecycle.draining) {
      return;
    }
    lifecycle.draining = true;
    setTimeout(() => {
      server.close(async () => {
        // Clients that went away have left their requests behind, and webhooks may still have to be sent.
        await Promise.allSettled(atWork);
        await outbox.end();
        journal.close();
        process.exit(0);
      });
    }, LAST_CALL_MS);
    // A client that never sends the rest of its head must not keep the process.
    setInterval(() => {
      if (atWork.size === 0) {
        server.closeAllConnections();
      }
    }, LAST_HEAD_MS);
  }

  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);
}

main();
