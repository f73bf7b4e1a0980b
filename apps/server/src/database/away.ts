/**
 * SQLSTATE 08 (connection), 57P (shutdown, crash, starting up), 53 (no memory, disk or connection left), 55P03 and 57014
 * (a lock or a statement took too long), 25P03 and 25P04 (a transaction did), 25006 (a standby answers); what sockets say;
 * and what Prisma calls the same.
 */
const codes =
  /^(08|57P|53|55P03|57014|25P03|25P04|25006|ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|P1001|P1002|P1008|P1017|P2024)/;
const words =
  /connect (ENOENT|ECONN\w+|ETIMEDOUT)|connection (terminated|ended|closed)|terminating connection|server closed the connection|not queryable|query read timeout|timeout exceeded when trying to connect|database system is/i;
/** A serialization failure or a deadlock: the transaction is rolled back, and may succeed when it is run again. */
const again = /^(40001|40P01|P2034)/;

const anyCause = (error: unknown, holds: (e: { code?: unknown; message?: unknown }) => boolean): boolean => {
  for (let e = error, depth = 0; e && depth < 5; e = (e as { cause?: unknown }).cause, depth++)
    if (holds(e as { code?: unknown; message?: unknown })) return true;
  return false;
};

/** Whether an error says that the database cannot be reached or cannot answer now, rather than that the question was wrong. */
export const isDatabaseAway = (error: unknown): boolean =>
  anyCause(
    error,
    ({ code, message }) => (typeof code === 'string' && codes.test(code)) || (typeof message === 'string' && words.test(message)),
  );

/** Whether the database rolled a transaction back that may be run again as it is. */
export const mustTryAgain = (error: unknown): boolean => anyCause(error, ({ code }) => typeof code === 'string' && again.test(code));
