import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, type ProcessId, startTimeOf } from '../processes/proc.ts';
import { readJson, writePrivately } from '../runner/holdings.ts';
import type { Access } from '../runner/link.ts';

/** `run/runner.json`: the runner of a data directory, for whoever adopts it and for the one that comes after it. */
export type RunnerRecord = ProcessId & { instance: string; runnerId: string | null; token: string | null };

/** Where the local runner of a data directory keeps what. */
export class RunnerFiles {
  readonly runDir: string;
  readonly logFile: string;
  /** The same for every run on this data directory; part of each instance's name. */
  readonly key: string;

  constructor(readonly dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.runDir = join(dataDir, 'run');
    this.logFile = join(dataDir, 'logs', 'runner.log');
    mkdirSync(this.runDir, { recursive: true, mode: 0o700 });
    mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o700 });
    this.key = createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 10);
  }
  private get recordFile(): string {
    return join(this.runDir, 'runner.json');
  }
  private get accessFile(): string {
    return join(this.runDir, 'runner-access.json');
  }
  /** Written by the server once it listens: `{url}`. */
  get serverFile(): string {
    return join(this.dataDir, 'server.json');
  }
  /** Whether an instance is a run on this data directory. */
  owns = (instance: string): boolean => instance.startsWith(`${this.key}.`);

  record(): RunnerRecord | undefined {
    return readJson<RunnerRecord>(this.recordFile);
  }
  saveRecord(record: RunnerRecord): void {
    writePrivately(this.recordFile, record);
  }
  /** The runner that lives on this data directory, if any. */
  living(): RunnerRecord | undefined {
    const record = this.record();
    return record && isAlive(record) ? record : undefined;
  }

  saveAccess(access: Access): void {
    writePrivately(this.accessFile, access);
  }
  /** The token as it was handed over; the address as the server wrote it last, since its port may have changed. */
  access(): Access | undefined {
    const access = readJson<Access>(this.accessFile) ?? readJson<Access>(join(this.dataDir, 'cli.json'));
    const url = readJson<{ url?: string }>(this.serverFile)?.url;
    return access && { token: access.token, url: url ?? access.url };
  }
}

/** The name of this run: a new one with every process, so that a clean-up never takes the next run for the dead one. */
export const instanceOf = (key: string): string => `${key}.${process.pid}-${(startTimeOf(process.pid) ?? '0').replace(/\W+/g, '_')}`;
