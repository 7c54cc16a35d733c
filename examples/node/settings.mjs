// The app settings, read for each request.

import { Refusal } from './problems.mjs';
import { call, ConnectionFailure, parseAnswer } from './upstream.mjs';

const ENVIRONMENTS = ['development', 'staging', 'production'];

/** Returns the settings as they are now. */
export async function readSettings({ settingsUrl, timeoutMs }) {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await getTwice(settingsUrl, signal);
  if (answer.status !== 200) {
    throw new Refusal(502, `the settings answer ${answer.status}`);
  }
  const settings = parseAnswer(answer.body);
  if (!isSettings(settings)) {
    throw new Refusal(502, 'the settings are not what they should be');
  }
  return settings;
}

// A kept connection may have been closed meanwhile, and a GET is safe to repeat (RFC 9110 section 9.2.2).
async function getTwice(url, signal) {
  try {
    return await call(url, { signal });
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) {
      throw error;
    }
    return call(url, { signal });
  }
}

function isSettings(value) {
  return (
    isObject(value) &&
    typeof value.appName === 'string' &&
    ENVIRONMENTS.includes(value.environment) &&
    typeof value.locale === 'string' &&
    isObject(value.features) &&
    Object.values(value.features).every((feature) => typeof feature === 'boolean')
  );
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
