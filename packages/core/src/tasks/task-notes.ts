/** What of a task can be written anew, and to what; what is left out stays. */
export type TaskEdit = {
  title?: string;
  body?: string | null;
  labels?: string[];
  needs?: string[];
  review?: boolean;
  evidence?: string[];
  maxAttempts?: number;
  notBeforeMs?: number | null;
};
/** Something that an attempt left behind: a text kept here, or the address of what is kept elsewhere. */
export type TaskArtefact = {
  id: string;
  projectId: string;
  taskId: string;
  /** The attempt that it proves something of. */
  attempt: number;
  kind: string;
  name: string;
  uri: string | null;
  content: string | null;
  mediaType: string | null;
  /** SHA-256 in hexadecimal: of the content, or what was told of what is elsewhere. */
  digest: string | null;
  createdBy: string;
  createdAtMs: number;
};
/** What somebody said about a task. */
export type TaskComment = { id: string; projectId: string; taskId: string; body: string; createdBy: string; createdAtMs: number };
