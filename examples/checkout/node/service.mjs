// Carts become checkouts, and checkouts become orders; webhooks tell the platform that has sent the buyer. Run it with
// `node service.mjs`; the README lists the variables of its environment.

import { createServer } from 'node:http';
import { json, lifecycle, problem, Refusal, send } from './answers.mjs';
import { CHECKOUT, DESTINATION, EMAIL, LINE, NOTE, PAYMENT, readObject } from './body.mjs';
import { answerChanged, answerRead, checkMatch } from './conditions.mjs';
import { createKeys } from './keys.mjs';
import { createMessage, createOutbox } from './outbox.mjs';
import { createPlace, createPlatforms } from './platforms.mjs';
import { Cart, CATALOGUE, Checkout, createKept, Order } from './store.mjs';

const { env } = process;
// What was sent before the signal may still have to be read.
const LAST_CALL_MS = 100;
const LAST_HEAD_MS = 1_000;
const LONGEST_READ_MS = 15_000;
const CHECKOUT_SECONDS = Number(env.CHECKOUT_SECONDS ?? 3600);
const TIMEOUT_MS = Number(env.TIMEOUT_MS ?? 5000);

const platforms = createPlatforms(createPlace(env.REGISTRY), createPlace(env.WEBHOOKS), TIMEOUT_MS);
const outbox = createOutbox(TIMEOUT_MS);
const keys = createKeys();
const [carts, checkouts, orders] = [createKept(), createKept(), createKept()];

async function listProducts() {
  return json(200, { products: [...CATALOGUE.values()] });
}

async function getProduct({ request, params: [sku] }) {
  const product = CATALOGUE.get(sku);
  if (product === undefined) {
    throw new Refusal(404);
  }
  return answerRead(request, product);
}

async function createCart({ request, response, path }) {
  const platform = platforms.caller(request);
  const { value, raw } = await readObject(request, response, LINE, NOTE);
  return keys.once(request, path, platform, raw, async () => {
    const cart = new Cart(platform, value.note);
    cart.add(value.sku, value.quantity);
    carts.add(cart);
    return answerChanged(cart.shown(), 201, `/carts/${cart.id}`);
  });
}

async function getCart({ request, params: [id] }) {
  return answerRead(request, carts.get(platforms.caller(request), id).shown());
}

// As its caller has seen it.
async function deleteCart({ request, params: [id] }) {
  const cart = carts.get(platforms.caller(request), id);
  checkMatch(request, cart.shown(), { required: true });
  carts.remove(cart);
  return { status: 204 };
}

async function addLine({ request, response, path, params: [id] }) {
  const platform = platforms.caller(request);
  const { value, raw } = await readObject(request, response, LINE);
  return keys.once(request, path, platform, raw, async () => {
    const cart = carts.get(platform, id);
    checkMatch(request, cart.shown());
    cart.add(value.sku, value.quantity);
    return answerChanged(cart.shown(), 201);
  });
}

async function removeLine({ request, params: [id, line] }) {
  carts.get(platforms.caller(request), id).remove(line);
  return { status: 204 };
}

async function createCheckout({ request, response, path }) {
  const platform = platforms.caller(request);
  const { value, raw } = await readObject(request, response, CHECKOUT, EMAIL);
  return keys.once(request, path, platform, raw, async () => {
    carts.get(platform, value.cartId).checkFree();
    const profile = await platforms.profile(platform);
    // Meanwhile the cart may have got a checkout, or be gone.
    const cart = carts.get(platform, value.cartId);
    const checkout = new Checkout(cart, profile.name, value.email, CHECKOUT_SECONDS);
    checkouts.add(checkout);
    return answerChanged(checkout.shown(), 201, `/checkouts/${checkout.id}`);
  });
}

async function getCheckout({ request, params: [id] }) {
  return answerRead(request, checkouts.get(platforms.caller(request), id).shown());
}

async function setDestination({ request, response, params: [id] }) {
  const platform = platforms.caller(request);
  const { value } = await readObject(request, response, DESTINATION);
  const checkout = checkouts.get(platform, id);
  checkout.checkOpen();
  checkMatch(request, checkout.shown());
  checkout.destination = value;
  return answerChanged(checkout.shown());
}

// Once; the platform hears of it where its profile says now.
async function complete({ request, response, path, params: [id] }) {
  const platform = platforms.caller(request);
  const { value, raw } = await readObject(request, response, PAYMENT);
  return keys.once(request, path, platform, raw, async () => {
    const checkout = checkouts.get(platform, id);
    checkout.checkReady();
    checkMatch(request, checkout.shown());
    const profile = await platforms.profile(platform);
    // Meanwhile another request may have completed, changed or cancelled it.
    checkout.checkReady();
    checkMatch(request, checkout.shown());
    const order = new Order(checkout, value.reference);
    orders.add(order);
    const data = { orderId: order.id, reference: order.reference, total: order.shown().total };
    tell(profile, 'order.placed', checkout, data);
    return answerChanged(order.shown(), 201, `/orders/${order.id}`);
  });
}

// Once; the platform hears of it where its profile says now.
async function cancel({ request, path, params: [id] }) {
  const platform = platforms.caller(request);
  return keys.once(request, path, platform, '', async () => {
    const checkout = checkouts.get(platform, id);
    checkout.checkOpen();
    checkMatch(request, checkout.shown());
    const profile = await platforms.profile(platform);
    // Meanwhile another request may have completed, changed or cancelled it.
    checkout.checkOpen();
    checkMatch(request, checkout.shown());
    checkout.cancelled = true;
    tell(profile, 'checkout.cancelled', checkout, { cartId: checkout.cart.id });
    return answerChanged(checkout.shown());
  });
}

async function getOrder({ request, params: [id] }) {
  return answerRead(request, orders.get(platforms.caller(request), id).shown());
}

// Sends an event about a checkout to its platform, in the background.
function tell(profile, type, checkout, more) {
  const data = { checkoutId: checkout.id, platform: profile.name, ...more };
  const event = { type, timestamp: new Date().toISOString(), data };
  outbox.put(createMessage(profile.webhook, event, env.WEBHOOK_SECRET));
}

async function ready() {
  return { status: 200, body: 'ready\n', headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
}

const ROUTES = [
  ['/products', { GET: listProducts }],
  ['/products/*', { GET: getProduct }],
  ['/carts', { POST: createCart }],
  ['/carts/*', { GET: getCart, DELETE: deleteCart }],
  ['/carts/*/lines', { POST: addLine }],
  ['/carts/*/lines/*', { DELETE: removeLine }],
  ['/checkouts', { POST: createCheckout }],
  ['/checkouts/*', { GET: getCheckout }],
  ['/checkouts/*/destination', { PUT: setDestination }],
  ['/checkouts/*/complete', { POST: complete }],
  ['/checkouts/*/cancel', { POST: cancel }],
  ['/orders/*', { GET: getOrder }],
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
