// Stands in for examples/node/session.mjs: the session is read by Auth.js itself.

import { getToken } from '@auth/core/jwt';
import { Refusal } from './problems.mjs';

const quiet = { debug() {}, error() {}, warn() {} };

export function sessionKey(secret) {
  return secret;
}

/** Returns the session's user; throws a 401 when there is no valid session. */
export async function readUser(request, secret) {
  const headers = new Headers({ cookie: request.headers.cookie ?? '' });
  const claims = await getToken({ req: { headers }, secret, secureCookie: false, logger: quiet });
  if (claims === null) {
    throw new Refusal(401, 'there is no valid session');
  }
  const user = { name: claims.name ?? null, email: claims.email ?? null, image: claims.picture ?? null };
  const wellTyped = Object.values(user).every((value) => value === null || typeof value === 'string');
  if (!wellTyped || !(user.name || user.email)) {
    throw new Refusal(401, 'it does not say whose it is');
  }
  return user;
}
