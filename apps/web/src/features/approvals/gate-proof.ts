import type { GateReport } from '@reeve/core/vocabulary';

/** One gate on both sides. */
export type GateRow = { name: string; base: GateReport | null; candidate: GateReport | null };
export type Proof = {
  /** The gate whose failing on the base proves the bug. */
  red: GateReport | null;
  green: GateReport | null;
  rows: GateRow[];
};

/** The reports in pairs, in the order in which they ran; a gate that ran again replaces its older report. */
export function proofOf(gates: readonly GateReport[]): Proof {
  const rows = new Map<string, GateRow>();
  for (const gate of gates) {
    const row = rows.get(gate.name) ?? { name: gate.name, base: null, candidate: null };
    row[gate.on] = gate;
    rows.set(gate.name, row);
  }
  const list = [...rows.values()];
  // `passed` says whether the gate did what it should; a test that should fail on the base ends with another exit code.
  const proving = list.find((r) => r.base && r.candidate && failedAsRun(r.base)) ?? list.find((r) => r.base && failedAsRun(r.base));
  return { red: proving?.base ?? null, green: proving?.candidate ?? null, rows: list };
}

/** The command itself failed, whatever was expected of it. */
export const failedAsRun = (gate: GateReport): boolean => gate.exitCode !== 0;

export function countsOf(gate: GateReport): string {
  const parts = [];
  if (gate.testsFailed !== undefined) parts.push(`${gate.testsFailed} failed`);
  if (gate.testsPassed !== undefined) parts.push(`${gate.testsPassed} passed`);
  return parts.join(', ');
}
