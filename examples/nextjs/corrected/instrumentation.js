// Runs once, when the server starts. Without a secret anyone could sign a session: better not to start.

const NEEDED = ['NEXTAUTH_SECRET', 'SETTINGS_URL', 'INNGEST_BASE_URL', 'INNGEST_EVENT_KEY'];

export function register() {
  for (const name of NEEDED) {
    if (!process.env[name]) {
      throw new Error(`${name} is not set`);
    }
  }
}
