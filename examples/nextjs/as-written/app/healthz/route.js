// Says that requests can come.

export const dynamic = 'force-dynamic';

export function GET() {
  return new Response('ready\n', { headers: { 'Content-Type': 'text/plain; charset=utf-8' } });
}
