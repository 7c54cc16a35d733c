import { fileURLToPath } from 'node:url';

/** @type {import('next').NextConfig} */
export default {
  // Both apps share the node_modules of the folder above.
  turbopack: { root: fileURLToPath(new URL('..', import.meta.url)) },
  outputFileTracingRoot: fileURLToPath(new URL('..', import.meta.url)),
  poweredByHeader: false,
};
