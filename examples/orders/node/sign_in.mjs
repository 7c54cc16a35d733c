// Who calls: a customer with a token of the company's identity provider, or a partner with an API key.

import { createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { Refusal } from './answers.mjs';

const SKEW_S = 60;
const FETCH_TIMEOUT_MS = 3_000;
const REFETCH_MS = 1_000;

/** Returns functions that tell who a caller is; each throws a 401 where nobody is signed in. */
export function createSignIn({ issuer, audience, jwksUrl, partnerKeys }) {
  let keys = new Map();
  let fetchedAt = 0;

  // Keys are rotated, so the set is fetched again.
  async function fetchKeys() {
    const answer = await fetch(jwksUrl, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) {
      throw new Refusal(401);
    }
    const found = (await answer.json()).keys;
    keys = new Map(found.map((key) => [key.kid, key]));
    fetchedAt = Date.now();
  }

  // Without a name, the only key.
  async function findKey(kid) {
    if (!keys.has(kid) && Date.now() - fetchedAt > REFETCH_MS) {
      await fetchKeys();
    }
    const key = kid === undefined && keys.size === 1 ? [...keys.values()][0] : keys.get(kid);
    if (key === undefined) {
      throw new Refusal(401);
    }
    return key;
  }

  function check({ iss, aud, exp, nbf, sub }) {
    const now = Date.now() / 1000;
    const right =
      (Array.isArray(aud) ? aud : [aud]).includes(audience) &&
      iss === issuer &&
      Number.isFinite(exp) &&
      exp + SKEW_S >= now &&
      (nbf === undefined || (Number.isFinite(nbf) && nbf - SKEW_S <= now)) &&
      typeof sub === 'string';
    if (!right) {
      throw new Refusal(401);
    }
  }

  async function subject(token) {
    const [head, body, signature, ...more] = token.split('.');
    if (signature === undefined || more.length > 0) {
      throw new Refusal(401);
    }
    const header = JSON.parse(decode(head));
    const key = await findKey(header.kid);
    // The key decides on the algorithm, and never the token (RFC 8725 section 3.1).
    if (header.alg !== 'RS256' || key.kty !== 'RSA' || 'crit' in header) {
      throw new Refusal(401);
    }
    const publicKey = createPublicKey({ key, format: 'jwk' });
    if (!verify('sha256', Buffer.from(`${head}.${body}`), publicKey, decode(signature))) {
      throw new Refusal(401);
    }
    const claims = JSON.parse(decode(body));
    check(claims);
    return claims.sub;
  }

  async function customer(headers) {
    const [scheme, token] = (headers.authorization ?? '').split(/ (.*)/s);
    if (scheme.toLowerCase() !== 'bearer' || token === undefined) {
      throw new Refusal(401);
    }
    try {
      return await subject(token.trim());
    } catch {
      throw new Refusal(401);
    }
  }

  function partner(headers) {
    const shown = Buffer.from(headers['x-api-key'] ?? '');
    const place = partnerKeys.map((key) => Buffer.from(key)).findIndex((key) => same(key, shown));
    if (place < 0) {
      throw new Refusal(401);
    }
    return `partner-${place + 1}`;
  }

  async function customerOrPartner(headers) {
    if (headers.authorization !== undefined || headers['x-api-key'] === undefined) {
      return customer(headers);
    }
    return partner(headers);
  }

  return { customer, customerOrPartner, partner };
}

function same(one, other) {
  return one.length === other.length && timingSafeEqual(one, other);
}

// Buffer takes anything for base64url. There is one way to write the bytes, or a token could be altered unseen.
function decode(part) {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) {
    throw new Refusal(401);
  }
  return bytes;
}
