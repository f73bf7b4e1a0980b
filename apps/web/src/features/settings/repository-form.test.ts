import { registerRepositoryInput, repositoryRules } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { emptyRepository, readLayers, readRepositoryForm, rulesInWords } from './repository-form';

describe('the form for a repository', () => {
  it('reads layers, one rule a line', () => {
    expect(readLayers('# ours\n1 src/core/**\n\n 4  tools/** \n').layers).toEqual([
      { layer: 1, pattern: 'src/core/**' },
      { layer: 4, pattern: 'tools/**' },
    ]);
    expect(readLayers('4 a\nsrc/**').error).toMatch(/^Line 2/);
    expect(readLayers('5 a').error).not.toBeNull();
  });
  it('leaves out what was not filled in', () => {
    const { input } = readRepositoryForm({ ...emptyRepository, name: 'tools', path: ' /r ', test: 'npm test' }, registerRepositoryInput);
    expect(input).toEqual({ name: 'tools', path: '/r', branch: 'main', gates: { test: 'npm test' } });
  });
  it('reads rules, and says them in words', () => {
    const form = { ...emptyRepository, name: 'tools', path: '/r', test: 't', fourEyes: 'high', parentFirst: 'yes', memoryMiB: ' 512 ' };
    const { input } = readRepositoryForm(form, registerRepositoryInput);
    expect(input?.rules).toMatchObject({ fourEyes: 'high', parentFirst: true, gateMemoryBytes: 512 * 1024 ** 2 });
    expect(rulesInWords(repositoryRules.parse(input?.rules))).toEqual([
      'two people approve from High up',
      'the agent above endorses first',
      'gates hold at most 512 MiB',
    ]);
    expect(rulesInWords(repositoryRules.parse({}))).toEqual([]);
    for (const memoryMiB of ['32', 'much', '1.5x'])
      expect(readRepositoryForm({ ...form, memoryMiB }, registerRepositoryInput).errors.rules).toMatch(/64 at least/);
  });
  it('reads how a merge is put to use, and only where there is a health check', () => {
    const form = { ...emptyRepository, name: 'tools', path: '/r', test: 't', healthCheck: ' npm run smoke ', quiesce: 'session' };
    const { input } = readRepositoryForm({ ...form, healthCheckSeconds: ' 90 ' }, registerRepositoryInput);
    expect(input?.rules?.activation).toEqual({
      healthCheck: 'npm run smoke',
      healthCheckMs: 90_000,
      quiesce: 'session',
      quiesceMs: 60_000,
    });
    expect(rulesInWords(repositoryRules.parse(input?.rules))).toEqual([
      'health check after a merge: npm run smoke',
      'its whole session is held still for it',
    ]);
    expect(readRepositoryForm({ ...form, healthCheck: ' ', quiesceSeconds: '' }, registerRepositoryInput).input?.rules).toBeUndefined();
    for (const quiesceSeconds of ['', '0.5', '1801', 'soon'])
      expect(readRepositoryForm({ ...form, quiesceSeconds }, registerRepositoryInput).errors).toEqual({
        activation: 'Whole seconds, from 1 to 1,800.',
      });
  });
  it('asks for a test command, the name and the path', () => {
    expect(Object.keys(readRepositoryForm(emptyRepository, registerRepositoryInput).errors).sort()).toEqual(['gates', 'name', 'path']);
  });
});
