import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';

const workspace = fileURLToPath(new URL('../..', import.meta.url));
/** Only for front-end work beside a server that already runs: `REEVE_API_ORIGIN=http://127.0.0.1:7717 next dev`. */
const api = process.env.REEVE_API_ORIGIN;

const config: NextConfig = {
  transpilePackages: ['@reeve/core'],
  turbopack: { root: workspace },
  outputFileTracingRoot: workspace,
  devIndicators: false,
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm test` typechecks the whole workspace once; a second time here would only cost a build its speed
  typescript: { ignoreBuildErrors: true },
  ...(process.env.NEXT_DIST ? { distDir: process.env.NEXT_DIST } : {}),
  ...(api
    ? {
        skipTrailingSlashRedirect: true,
        rewrites: async () => [
          { source: '/trpc/:path*', destination: `${api}/trpc/:path*` },
          { source: '/socket.io/:path*', destination: `${api}/socket.io/:path*` },
          { source: '/socket.io/', destination: `${api}/socket.io/` },
        ],
      }
    : {}),
};
export default config;
