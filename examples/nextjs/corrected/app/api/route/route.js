// POST /api/route: the session, the body, the settings, one event, and the answer.

import { checkBody } from '../../../lib/body.js';
import { sendEvent } from '../../../lib/inngest.js';
import { problem, Refusal } from '../../../lib/problems.js';
import { readUser } from '../../../lib/session.js';
import { getAppSettings } from '../../../lib/settings.js';

const ALLOW = 'OPTIONS, POST';

export async function POST(request) {
  try {
    // The session comes first: nothing is read or called for a caller who is not signed in.
    const user = await readUser();
    await checkBody(request);
    const appSettings = await getAppSettings();
    await sendEvent(user, appSettings);
    return Response.json({ success: 'true' }, { headers: { 'Cache-Control': 'no-store' } });
  } catch (error) {
    const known = error instanceof Refusal;
    if (!known || error.status >= 500) {
      console.error(known ? `${error.status}: ${error.message}` : error);
    }
    return problem(known ? error.status : 500);
  }
}

// Next.js answers other methods with 405 by itself, but without the `Allow` that RFC 9110 section 15.5.6 demands.
function notAllowed() {
  return problem(405, { Allow: ALLOW });
}

export { notAllowed as DELETE, notAllowed as GET, notAllowed as HEAD, notAllowed as PATCH, notAllowed as PUT };

// Its own answer would list all that is exported here.
export function OPTIONS() {
  return new Response(null, { status: 204, headers: { Allow: ALLOW } });
}
