/** Self-modification, as far as it is pure: the protocol, its rules and the blast radius. The runner brings git and processes. */
export * from './activation.ts';
export * from './activation-record.ts';
export * from './approval.ts';
export * from './blast-radius.ts';
export * from './change.ts';
export * from './diff-files.ts';
export * from './gate.ts';
export * from './glob.ts';
export * from './isolation.ts';
export * from './layers.ts';
export * from './line-coverage.ts';
export * from './literals.ts';
export * from './patch-rules.ts';
export * from './split-window.ts';
export * from './test-paths.ts';
export * from './violation.ts';
