// The app settings, read for each request, and checked.

import { Refusal } from './problems.js';
import { call, ConnectionFailure, timeoutMs } from './upstream.js';

const ENVIRONMENTS = ['development', 'staging', 'production'];

/** Returns the settings as they are now; throws a 502, 503 or 504 when there are none to be had. */
export async function getAppSettings() {
  const { status, body } = await getTwice(process.env.SETTINGS_URL, { signal: AbortSignal.timeout(timeoutMs()) });
  if (status !== 200) {
    throw new Refusal(502, `the settings answer ${status}`);
  }
  const settings = parse(body);
  if (!isSettings(settings)) {
    throw new Refusal(502, 'the settings are not what they should be');
  }
  return settings;
}

// A kept connection may have been closed meanwhile, and a GET is safe to repeat (RFC 9110 section 9.2.2).
async function getTwice(url, options) {
  try {
    return await call(url, options);
  } catch (error) {
    if (!(error instanceof ConnectionFailure)) {
      throw error;
    }
    return call(url, options);
  }
}

function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(502, 'the settings are not JSON');
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
