// The session's user, as the event has it.

import { getServerSession } from 'next-auth/next';
import { authOptions } from './auth.js';
import { Refusal } from './problems.js';

/** Returns `{ name, email, image }`, null where the session has no value; throws a 401 when there is no session. */
export async function readUser() {
  const session = await getServerSession(authOptions);
  // next-auth leaves out what the token does not have.
  const { name = null, email = null, image = null } = session?.user ?? {};
  const wellTyped = [name, email, image].every((value) => value === null || typeof value === 'string');
  if (!wellTyped || !(name || email)) {
    throw new Refusal(401);
  }
  return { name, email, image };
}
