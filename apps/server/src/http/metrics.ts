import type { Commit } from '@reeve/core';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Prometheus figures of this process (`/metrics`). */
export class Metrics {
  readonly registry = new Registry();
  private readonly events = new Counter({
    name: 'reeve_events_total',
    help: 'Facts in the log',
    labelNames: ['type'],
    registers: [this.registry],
  });
  private readonly commits = new Counter({ name: 'reeve_commits_total', help: 'Committed batches', registers: [this.registry] });
  readonly requests = new Histogram({
    name: 'reeve_http_request_seconds',
    help: 'Time to answer',
    labelNames: ['surface', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [this.registry],
  });
  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'reeve_' });
  }
  committed(c: Commit): void {
    this.commits.inc();
    for (const e of c.events) this.events.inc({ type: e.type });
  }
}
