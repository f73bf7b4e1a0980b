import { registerRepositoryInput } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { emptyRepository, readLayers, readRepositoryForm } from './repository-form';

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
  it('asks for a test command, the name and the path', () => {
    expect(Object.keys(readRepositoryForm(emptyRepository, registerRepositoryInput).errors).sort()).toEqual(['gates', 'name', 'path']);
  });
});
