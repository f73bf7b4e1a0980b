/** SQLSTATE 08 (connection) and 57P (shutdown, crash, starting up), what sockets say, and what Prisma calls the same. */
const codes = /^(08|57P|ECONN|EPIPE|ENOENT|ETIMEDOUT|P1001|P1002|P1008|P1017|P2024)/;
const words =
  /connect (ENOENT|ECONN\w+|ETIMEDOUT)|connection (terminated|ended|closed)|terminating connection|server closed the connection|not queryable|database system is/i;

/** Whether an error says that the database cannot be reached now, rather than that the question was wrong. */
export function isDatabaseAway(error: unknown): boolean {
  for (let e = error, depth = 0; e && depth < 5; e = (e as { cause?: unknown }).cause, depth++) {
    const { code, message } = e as { code?: unknown; message?: unknown };
    if ((typeof code === 'string' && codes.test(code)) || (typeof message === 'string' && words.test(message))) return true;
  }
  return false;
}
