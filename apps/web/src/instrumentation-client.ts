import { isBare } from './vocabulary/pages';

/**
 * Runs as soon as the first scripts are here, before any of the page is drawn: asks for the fleet, letter by letter what the live
 * client asks for a moment later. In the head of the page it came too soon: its megabytes stood in the way of the scripts, and were
 * there before anything could read them.
 */
if (!isBare(window.location.pathname)) {
  const link = document.createElement('link');
  link.rel = 'preload';
  link.as = 'fetch';
  link.href = '/trpc/live.fleet';
  link.crossOrigin = 'anonymous';
  document.head.append(link);
}
