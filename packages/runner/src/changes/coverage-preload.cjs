'use strict';
// Read into every Node process of a test gate, in all runs alike, beside `NODE_V8_COVERAGE`. It does nothing but in the
// workers of vitest, which V8's own report does not suffice for: vitest ends its forks by SIGTERM, which writes no report, and evaluates
// text that it made itself, whose offsets mean nothing without that text. Elsewhere Node does both by itself.
const folder = process.env.NODE_V8_COVERAGE;
const ofVitest = (word) => /[\\/]vitest[\\/](dist[\\/]workers[\\/]|suppress-warnings)/.test(word ?? '');

if (folder && (ofVitest(process.argv[1]) || process.execArgv.some(ofVitest))) {
  const { writeFileSync } = require('node:fs');
  const { join } = require('node:path');
  const { isMainThread, threadId } = require('node:worker_threads');
  const vm = require('node:vm');
  let written = 0;
  const note = (code, options) => {
    const url = options?.filename;
    if (typeof code === 'string' && typeof url === 'string' && !url.includes('/node_modules/') && written < 5_000) {
      try {
        const record = JSON.stringify({ url, columnOffset: options.columnOffset ?? 0, code });
        writeFileSync(join(folder, `script-${process.pid}-${threadId}-${written++}.json`), record);
      } catch {
        // a figure less, and no reason for a test to fail
      }
    }
  };
  const { runInContext, runInThisContext } = vm;
  vm.runInThisContext = (code, options) => {
    note(code, options);
    return runInThisContext(code, options);
  };
  vm.runInContext = (code, context, options) => {
    note(code, options);
    return runInContext(code, context, options);
  };
  if (isMainThread) {
    let isTold = false;
    const tell = () => {
      process.off('SIGTERM', onTerm);
      if (isTold) return;
      isTold = true;
      try {
        require('node:v8').takeCoverage();
      } catch {
        // as above
      }
    };
    const onTerm = () => {
      tell();
      if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', onTerm);
    // From SIGTERM on a fork has half a second, which is too little on a host with much to do: so before it says that it is through.
    const { send } = process;
    if (send)
      process.send = function (message, ...more) {
        if (message?.type === 'stopped') tell();
        return send.call(this, message, ...more);
      };
  }
}
