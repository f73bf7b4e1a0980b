import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainmentLevel } from '@reeve/core/vocabulary';

/** What one run of a runner holds, on disk, so that whoever finds it dead can end its processes and report the end. */
export type Holdings = {
  instance: string;
  containment: ContainmentLevel;
  /** The cgroup of the runner, if it has one. */
  folder: string | null;
  url: string;
  runnerId: string;
  token: string;
  agents: { agentId: string; epoch: number }[];
};

const prefix = 'holdings-';
const fileOf = (runDir: string, instance: string): string => join(runDir, `${prefix}${instance}.json`);

/** Replaces a file in one step, readable for its owner alone. */
export function writePrivately(file: string, value: unknown): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, file);
}
/** The value in a JSON file; undefined when it is missing or unreadable. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

export function saveHoldings(runDir: string, h: Holdings): void {
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  writePrivately(fileOf(runDir, h.instance), h);
}
export function dropHoldings(runDir: string, instance: string): void {
  rmSync(fileOf(runDir, instance), { force: true });
}
/** Those of all runs that used this folder. */
export function listHoldings(runDir: string): Holdings[] {
  let names: string[];
  try {
    names = readdirSync(runDir);
  } catch {
    return [];
  }
  const found = names.filter((n) => n.startsWith(prefix) && n.endsWith('.json')).map((n) => readJson<Holdings>(join(runDir, n)));
  return found.filter((h) => h !== undefined);
}
