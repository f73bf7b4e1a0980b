import { isDatabaseAway } from '../database/away.ts';
import { DomainFailure } from '../trpc/failure.ts';

/** A read of the database: rejects with `unavailable` while it is away. */
export async function orUnavailable<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (e) {
    throw isDatabaseAway(e) ? new DomainFailure({ code: 'unavailable', what: 'The database' }) : e;
  }
}
