// POST /api/route as it is written again and again: nothing is checked, and nothing has a time limit.

import { getServerSession } from 'next-auth/next';
import { NextResponse } from 'next/server';
import { authOptions } from '../../../lib/auth.js';
import { inngest } from '../../../lib/inngest.js';
import { getAppSettings } from '../../../lib/settings.js';

export async function POST() {
  const appSettings = await getAppSettings();
  const session = await getServerSession(authOptions);
  const user = session.user;
  await inngest.send({ v: '1', ts: Date.now(), name: 'app/route.requested', user, appSettings });
  return NextResponse.json({ success: 'true' });
}
