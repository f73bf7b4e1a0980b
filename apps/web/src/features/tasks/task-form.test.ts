import { addTaskInput } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { readTaskForm } from './task-form';

const form = { title: ' Fix it ', body: '', priority: '5', labels: 'bug, parser ,bug,', maxAttempts: '3', dependsOn: [] };

describe('the form for a task', () => {
  it('reads text as the input of the command', () => {
    expect(readTaskForm(form, addTaskInput).input).toMatchObject({
      title: 'Fix it',
      priority: 5,
      labels: ['bug', 'parser'],
      maxAttempts: 3,
    });
  });
  it('says what is wrong beside the field', () => {
    expect(readTaskForm({ ...form, title: ' ', priority: '', maxAttempts: '0' }, addTaskInput)).toEqual({
      input: null,
      errors: {
        title: expect.stringContaining('needs a title'),
        priority: expect.stringContaining('whole number'),
        maxAttempts: expect.stringContaining('1 to 100'),
      },
    });
  });
});
