import type { RepositoryRules, registerRepositoryInput } from '@reeve/core/vocabulary';

export type RepositoryForm = {
  name: string;
  path: string;
  branch: string;
  test: string;
  typecheck: string;
  lint: string;
  layers: string;
  fourEyes: string;
  parentFirst: string;
  minimumIsolation: string;
  memoryMiB: string;
  healthCheck: string;
  healthCheckSeconds: string;
  quiesce: string;
  quiesceSeconds: string;
};
export const emptyRepository: RepositoryForm = {
  name: '',
  path: '',
  branch: 'main',
  test: '',
  typecheck: '',
  lint: '',
  layers: '',
  fourEyes: 'off',
  parentFirst: '',
  minimumIsolation: 'process-group',
  memoryMiB: '',
  healthCheck: '',
  healthCheckSeconds: '60',
  quiesce: 'proposer',
  quiesceSeconds: '60',
};
type Input = ReturnType<typeof registerRepositoryInput.parse>;

/** One rule a line: `1 src/core/**`. Blank lines and `#` comments are skipped; a line that is not a rule is named. */
export function readLayers(text: string): { layers: { pattern: string; layer: number }[]; error: string | null } {
  const layers: { pattern: string; layer: number }[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (!line || line.startsWith('#')) continue;
    const m = /^([1-4])\s+(\S.*)$/.exec(line);
    if (!m) return { layers, error: `Line ${i + 1} is not a rule. Write the layer (1 to 4), a space and a pattern.` };
    layers.push({ layer: Number(m[1]), pattern: m[2] as string });
  }
  return { layers, error: null };
}

const words: Record<string, string> = {
  name: 'A name of at most 200 characters.',
  path: 'The path of the repository on the machine of the runner.',
  branch: 'The branch that changes are merged into.',
  gates: 'The command that runs the tests is needed: it is the proof of every change.',
  layers: 'At most 500 rules.',
  activation: 'Whole seconds, from 1 to 1,800.',
  rules: 'The memory is a whole number of MiB, 64 at least; empty for no limit.',
};

/** The rules as the form has them; undefined where all are as they are anyway. */
function rulesOf(form: RepositoryForm): Partial<Record<keyof RepositoryRules, unknown>> | undefined {
  const { fourEyes, parentFirst, minimumIsolation } = form;
  const memoryMiB = form.memoryMiB.trim();
  const activation = activationOf(form);
  const plain =
    activation === undefined && fourEyes === 'off' && parentFirst === '' && minimumIsolation === 'process-group' && memoryMiB === '';
  if (plain) return undefined;
  return {
    fourEyes,
    minimumIsolation,
    parentFirst: parentFirst === 'yes',
    gateMemoryBytes: memoryMiB === '' ? null : Number(memoryMiB) * 1024 ** 2,
    ...(activation && { activation }),
  };
}
/** Nothing without a health check: then a merge moves the branch, and that is all. */
function activationOf({ healthCheck, healthCheckSeconds, quiesce, quiesceSeconds }: RepositoryForm) {
  const ms = (seconds: string) => Number(seconds.trim() || Number.NaN) * 1000;
  if (healthCheck.trim() === '') return undefined;
  return { healthCheck: healthCheck.trim(), healthCheckMs: ms(healthCheckSeconds), quiesce, quiesceMs: ms(quiesceSeconds) };
}
const held = {
  proposer: 'the proposer is',
  subtree: 'the proposer and all below it are',
  session: 'its whole session is',
  none: '',
} as const;

/** What a repository demands besides its gates, in words; nothing for what is as everywhere. */
export function rulesInWords(rules: RepositoryRules): string[] {
  return [
    rules.fourEyes === 'always' ? 'two people approve' : rules.fourEyes === 'high' ? 'two people approve from High up' : '',
    rules.parentFirst ? 'the agent above endorses first' : '',
    rules.minimumIsolation === 'process-group' ? '' : `gates at least in ${rules.minimumIsolation}`,
    rules.gateMemoryBytes === null ? '' : `gates hold at most ${Math.round(rules.gateMemoryBytes / 1024 ** 2)} MiB`,
    rules.activation ? `health check after a merge: ${rules.activation.healthCheck}` : '',
    rules.activation && rules.activation.quiesce !== 'none' ? `${held[rules.activation.quiesce]} held still for it` : '',
    rules.splitWindowMs === 0 ? 'changes are weighed one by one' : '',
  ].filter(Boolean);
}

export function readRepositoryForm(
  form: RepositoryForm,
  schema: typeof registerRepositoryInput,
): { input: Input | null; errors: Record<string, string> } {
  const { layers, error } = readLayers(form.layers);
  const optional = (text: string) => text.trim() || undefined;
  const read = schema.safeParse({
    name: form.name,
    path: form.path.trim(),
    branch: form.branch.trim() || 'main',
    layers: layers.length ? layers : undefined,
    gates: { test: form.test.trim(), typecheck: optional(form.typecheck), lint: optional(form.lint) },
    rules: rulesOf(form),
  });
  const errors: Record<string, string> = error ? { layers: error } : {};
  if (!read.success)
    for (const { path, message } of read.error.issues) {
      const at = String(path[1] === 'activation' ? path[1] : path[0]);
      errors[at] ??= words[at] ?? message;
    }
  return { input: read.success && !error ? read.data : null, errors };
}
