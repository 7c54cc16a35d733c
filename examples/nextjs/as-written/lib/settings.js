// The app settings, read for each request.

export async function getAppSettings() {
  const answer = await fetch(process.env.SETTINGS_URL, { cache: 'no-store' });
  return answer.json();
}
