// Orders: one is placed, one is cancelled, and webhooks say so. Run it with `node service.mjs`; the README lists the
// variables of its environment.

import { createServer } from 'node:http';
import { json, lifecycle, problem, Refusal, send } from './answers.mjs';
import { checkOrder, checkReason, readObject } from './body.mjs';
import { createMessage, createOutbox } from './outbox.mjs';
import { createSignIn } from './sign_in.mjs';
import { createKeys, createOrders } from './store.mjs';

const { env } = process;
const COPIED = ['sku', 'quantity', 'price', 'email', 'note', 'deliverAt'];
// What was sent before the signal may still have to be read.
const LAST_CALL_MS = 100;
const LAST_HEAD_MS = 1_000;
const LONGEST_READ_MS = 15_000;

const signIn = createSignIn({
  issuer: env.ISSUER,
  audience: env.AUDIENCE,
  jwksUrl: env.JWKS_URL,
  partnerKeys: env.PARTNER_KEYS.split(','),
});
const outbox = createOutbox(Number(env.TIMEOUT_MS ?? 5000));
const orders = createOrders();
const keys = createKeys();
let warehouseUrl;

// The warehouse reserves the stock first, and the customer's webhook follows.
async function place(request, response) {
  const account = await signIn.customerOrPartner(request.headers);
  const { value: content, raw } = await readObject(request, response);
  checkOrder(content);
  const key = request.headers['idempotency-key'];
  return keys.once({ key, account, path: '/orders', raw }, async () => {
    const order = orders.create(account, content);
    await reserve(order);
    orders.add(order);
    const location = `/orders/${order.id}`;
    if (content.notify && content.callbackUrl !== undefined) {
      outbox.put(createMessage(content.callbackUrl, placed(order, location), env.CALLBACK_SECRET));
    }
    return json(201, { id: order.id, status: order.status, total: order.total }, { Location: location });
  });
}

async function reserve(order) {
  if (warehouseUrl === undefined) {
    throw new Refusal(503);
  }
  const { sku, quantity } = order.content;
  const data = { orderId: order.id, account: order.account, sku, quantity };
  const event = { type: 'stock.reserved', at: Date.now(), data };
  await outbox.sendNow(createMessage(warehouseUrl, event, env.WAREHOUSE_SECRET));
}

function placed(order, url) {
  const content = Object.fromEntries(
    COPIED.filter((name) => Object.hasOwn(order.content, name)).map((name) => [name, order.content[name]]),
  );
  const data = { orderId: order.id, url, placedBy: order.account, total: order.total, ...content };
  return { type: 'order.placed', timestamp: new Date().toISOString(), data };
}

// The warehouse is told afterwards, until it has heard.
async function cancel(request, response, id) {
  const account = await signIn.customer(request.headers);
  const { value: body, raw } = await readObject(request, response);
  checkReason(body);
  const key = request.headers['idempotency-key'];
  return keys.once({ key, account, path: `/orders/${id}/cancel`, raw }, async () => {
    orders.cancel(account, id);
    const data = { orderId: id, reason: body.reason, cancelledBy: account };
    const event = { type: 'order.cancelled', timestamp: new Date().toISOString(), data };
    if (warehouseUrl !== undefined) {
      outbox.put(createMessage(warehouseUrl, event, env.WAREHOUSE_SECRET));
    }
    return json(202, { id, status: 'cancelled' });
  });
}

// Which is for partners to do.
async function register(request, response) {
  signIn.partner(request.headers);
  const { value } = await readObject(request, response);
  warehouseUrl = String(value.url);
  return { status: 204 };
}

async function answer(request, response) {
  const [path] = request.url.split('?', 1);
  if (path === '/healthz') {
    return { status: 200, body: 'ready\n', headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
  }
  const routes = [
    [/^\/orders$/, 'POST', place],
    [/^\/orders\/([^/]+)\/cancel$/, 'POST', cancel],
    [/^\/webhook$/, 'PUT', register],
  ];
  for (const [form, method, handle] of routes) {
    const match = form.exec(path);
    if (match === null) {
      continue;
    }
    if (request.method !== method) {
      throw new Refusal(405, { Allow: method });
    }
    return handle(request, response, match[1] && unescaped(match[1]));
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
