// What the process is told from outside, by the names that Next.js, next-auth and Inngest users know.

/** Reads the environment; throws an Error that says which variable is wrong. */
export function readEnvironment(env) {
  const timeoutMs = Number(env.UPSTREAM_TIMEOUT_MS ?? 5000);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1) {
    throw new Error('UPSTREAM_TIMEOUT_MS must be a number of milliseconds');
  }
  const port = Number(env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new Error('PORT must be a port');
  }
  return {
    host: env.HOST || '127.0.0.1',
    port,
    timeoutMs,
    settingsUrl: required(env, 'SETTINGS_URL'),
    ingestUrl: required(env, 'INNGEST_BASE_URL').replace(/\/+$/, ''),
    eventKey: required(env, 'INNGEST_EVENT_KEY'),
    sessionSecret: required(env, 'NEXTAUTH_SECRET'),
  };
}

// Without a secret anyone could sign a session, without a key each event would be refused: better not to start.
function required(env, name) {
  const value = env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
