// What the service knows: the catalogue, carts, checkouts and orders. All of it is in memory. No function here waits for
// anything, so what one of them looks at and changes is one step to all other requests.

import { randomBytes } from 'node:crypto';
import { Refusal } from './answers.mjs';

const MAX_LINES = 1000;
const FREE = ['cancelled', 'expired'];

/** The catalogue, which is one for all. */
export const CATALOGUE = new Map(
  [
    { sku: 'lamp', title: 'A lamp', price: 1999 },
    { sku: 'chair', title: 'A chair for four legs', price: 7500 },
    { sku: 'desk', title: 'A desk', price: 24_990 },
  ].map((product) => [product.sku, product]),
);

const newId = (kind, bytes = 10) => `${kind}_${randomBytes(bytes).toString('hex')}`;
// What lines cost together, cents.
const total = (lines) => lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0);

/** A cart of a platform; `checkout` is the last one that was made of it. */
export class Cart {
  constructor(platform, note) {
    Object.assign(this, { id: newId('cart'), platform, note, lines: new Map(), checkout: undefined });
  }

  /** Adds a line. */
  add(sku, quantity) {
    const product = CATALOGUE.get(sku);
    if (product === undefined) {
      throw new Refusal(422);
    }
    if (this.lines.size >= MAX_LINES) {
      throw new Refusal(422);
    }
    const line = { id: newId('line', 6), sku, quantity, price: product.price };
    this.lines.set(line.id, line);
  }

  /** Removes a line; that it is no longer there is what the caller wants. */
  remove(line) {
    this.lines.delete(line);
  }

  /** Refuses where nothing is in it, and where it has a checkout already. */
  checkFree() {
    if (this.lines.size === 0 || (this.checkout !== undefined && !FREE.includes(this.checkout.status))) {
      throw new Refusal(409);
    }
  }

  /** Returns what its platform sees. */
  shown() {
    const lines = [...this.lines.values()];
    return { id: this.id, note: this.note, lines, total: total(lines) };
  }
}

/** A checkout: what was in a cart, on its way to become an order. */
export class Checkout {
  constructor(cart, name, email, seconds) {
    cart.checkFree();
    const lines = [...cart.lines.values()].map((line) => ({ ...line }));
    Object.assign(this, { id: newId('chk'), platform: cart.platform, cart, name, email, lines });
    Object.assign(this, { expires: Date.now() + seconds * 1000, destination: undefined, order: undefined });
    this.cancelled = false;
    cart.checkout = this;
  }

  /** `incomplete`, `ready`, `completed`, `cancelled` or `expired`. */
  get status() {
    if (this.order !== undefined) {
      return 'completed';
    }
    if (this.cancelled) {
      return 'cancelled';
    }
    if (Date.now() >= this.expires) {
      return 'expired';
    }
    return this.destination === undefined ? 'incomplete' : 'ready';
  }

  /** Refuses what can no longer be changed. */
  checkOpen() {
    if (!['incomplete', 'ready'].includes(this.status)) {
      throw new Refusal(409);
    }
  }

  /** Refuses what can not be completed now. */
  checkReady() {
    this.checkOpen();
    if (this.status !== 'ready') {
      throw new Refusal(409);
    }
  }

  /** Returns what its platform sees. */
  shown() {
    return {
      id: this.id,
      cartId: this.cart.id,
      status: this.status,
      platform: this.name,
      email: this.email,
      destination: this.destination,
      lines: this.lines,
      total: total(this.lines),
      expiresAt: new Date(this.expires).toISOString(),
      orderId: this.order?.id,
    };
  }
}

/** An order: a checkout that was completed; `reference` is what the buyer's payment is called. */
export class Order {
  constructor(checkout, reference) {
    Object.assign(this, { id: newId('ord'), platform: checkout.platform, checkout, reference });
    checkout.order = this;
  }

  /** Returns what its platform sees. */
  shown() {
    const { lines } = this.checkout;
    return { id: this.id, checkoutId: this.checkout.id, reference: this.reference, lines, total: total(lines) };
  }
}

/** Creates what keeps the objects of one kind of all platforms. Each platform sees its own alone. */
export function createKept() {
  const byId = new Map();

  return {
    add(one) {
      byId.set(one.id, one);
    },
    get(platform, id) {
      const found = byId.get(id);
      if (found === undefined || found.platform !== platform) {
        throw new Refusal(404);
      }
      return found;
    },
    remove(one) {
      byId.delete(one.id);
    },
  };
}
