import { addTaskInput, editTaskInput, type TaskView } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { emptyForm, formOf, readTaskEdit, readTaskForm } from './task-form';

const form = { ...emptyForm, title: ' Fix it ', priority: '5', labels: 'bug, parser ,bug,' };

describe('the form for a task', () => {
  it('reads text as the input of the command', () => {
    expect(readTaskForm(form, addTaskInput).input).toMatchObject({
      title: 'Fix it',
      priority: 5,
      labels: ['bug', 'parser'],
      maxAttempts: 3,
    });
  });
  it('reads what the agent must be able to do, what it must show, and whose part it is', () => {
    const more = { needs: 'gpu, browser', evidence: 'diff', review: true };
    expect(readTaskForm({ ...form, ...more }, addTaskInput, 'tsk_1').input).toMatchObject({
      needs: ['gpu', 'browser'],
      evidence: ['diff'],
      review: true,
      parentId: 'tsk_1',
    });
  });
  it('changes the fields alone that were changed', () => {
    const gate = { review: true, evidence: ['diff'], shown: [], missing: [], submittedBy: null };
    const before = {
      id: 't',
      title: 'Fix it',
      body: null,
      priority: 5,
      labels: ['bug'],
      maxAttempts: 3,
      needs: ['gpu'],
      dependsOn: [],
      gate,
    };
    const task = before as unknown as TaskView;
    expect(readTaskEdit(task, formOf(task), editTaskInput).input).toEqual({ id: 't' });
    expect(readTaskEdit(task, { ...formOf(task), review: false, needs: '', body: 'more' }, editTaskInput).input).toEqual({
      id: 't',
      review: false,
      needs: [],
      body: 'more',
    });
    expect(readTaskEdit(task, { ...formOf(task), priority: 'x' }, editTaskInput).errors.priority).toContain('whole number');
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
