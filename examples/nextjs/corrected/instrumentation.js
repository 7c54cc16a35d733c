// Runs once, when the server starts. Without a secret anyone could sign a session: better not to start.

const NEEDED = ['NEXTAUTH_SECRET', 'SETTINGS_URL', 'INNGEST_BASE_URL', 'INNGEST_EVENT_KEY'];
const USAGE_ERROR = 2;

export function register() {
  const missing = NEEDED.find((name) => !process.env[name]);
  if (missing) {
    console.error(`route: ${missing} is not set`);
    // Next.js goes on serving when this throws.
    process.exit(USAGE_ERROR);
  }
}
