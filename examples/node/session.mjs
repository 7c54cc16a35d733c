// The caller's session, from a next-auth v4 cookie: a compact JWE (RFC 7516), `dir` with A256GCM, under a key
// that is derived from the app's secret. next-auth takes more than it issues; this route does not.

import { createDecipheriv, hkdfSync } from 'node:crypto';
import { Refusal } from './problems.mjs';

const COOKIE = 'next-auth.session-token';
const KEY_INFO = 'NextAuth.js Generated Encryption Key';
// RFC 7518 section 5.3: 96 bits, which are 16 characters of base64url, and 128 bits.
const IV_CHARACTERS = 16;
const TAG_BYTES = 16;
// How far the issuer's clock may be off, as next-auth has it.
const TOLERANCE_S = 15;

/** Derives the key of the sessions. */
export function sessionKey(secret) {
  return Buffer.from(hkdfSync('sha256', secret, '', KEY_INFO, 32));
}

/** Returns the session's user; throws a 401 when there is no valid session. */
export function readUser(request, key) {
  const token = readToken(parseCookies(request.headers.cookie ?? ''));
  const claims = decrypt(token, key);
  checkTimes(claims, Date.now() / 1000);
  const user = { name: claims.name ?? null, email: claims.email ?? null, image: claims.picture ?? null };
  const wellTyped = Object.values(user).every((value) => value === null || typeof value === 'string');
  if (!wellTyped || !(user.name || user.email)) {
    throw new Refusal(401, 'it does not say whose it is');
  }
  return user;
}

/** Returns cookies by name; of several by one name the first counts, as in the `cookie` package. */
export function parseCookies(header) {
  const jar = new Map();
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at === -1) {
      continue;
    }
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim().replace(/^"(.*)"$/, '$1');
    if (!jar.has(name)) {
      jar.set(name, unescape(value));
    }
  }
  return jar;
}

function unescape(value) {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

// A long token is split into `.0`, `.1`, … (next-auth's SessionStore).
function readToken(jar) {
  if (jar.has(COOKIE)) {
    return jar.get(COOKIE);
  }
  return [...jar.keys()]
    .filter((name) => name.startsWith(`${COOKIE}.`) && /^\d+$/.test(name.slice(COOKIE.length + 1)))
    .map((name) => [Number(name.slice(COOKIE.length + 1)), jar.get(name)])
    .sort(([one], [other]) => one - other)
    .map(([, chunk]) => chunk)
    .join('');
}

function decrypt(token, key) {
  const [header, encryptedKey, iv, ciphertext, tag, ...more] = token.split('.');
  if (tag === undefined || more.length > 0 || encryptedKey !== '' || iv.length !== IV_CHARACTERS) {
    throw new Refusal(401, 'it is not such a token');
  }
  try {
    const { alg, enc, ...others } = JSON.parse(decode(header).toString());
    if (alg !== 'dir' || enc !== 'A256GCM' || Object.keys(others).length > 0) {
      throw new Refusal(401, 'it is encrypted in another way');
    }
    const decipher = createDecipheriv('aes-256-gcm', key, decode(iv), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(header, 'ascii'));
    decipher.setAuthTag(decode(tag));
    const text = Buffer.concat([decipher.update(decode(ciphertext)), decipher.final()]).toString('utf8');
    return { ...JSON.parse(text) };
  } catch {
    throw new Refusal(401, 'it cannot be decrypted');
  }
}

// Buffer takes anything for base64url. There is one way to write the bytes, or a token could be altered unseen.
function decode(part) {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) {
    throw new Refusal(401, 'it is not base64url');
  }
  return bytes;
}

function checkTimes({ exp, nbf, iat }, now) {
  if (!Number.isFinite(exp) || exp <= now - TOLERANCE_S) {
    throw new Refusal(401, 'it has expired');
  }
  if (nbf !== undefined && !(Number.isFinite(nbf) && nbf <= now + TOLERANCE_S)) {
    throw new Refusal(401, 'it is not valid yet');
  }
  if (iat !== undefined && !Number.isFinite(iat)) {
    throw new Refusal(401, 'it was issued at no time');
  }
}
