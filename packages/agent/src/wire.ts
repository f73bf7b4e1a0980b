import type { AppRouter } from '@reeve/server/router';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';

/** What the procedures take and answer, as it stands after JSON. */
export type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;
export type AgentRecord = Outputs['agents']['get'];
export type TaskRecord = Outputs['tasks']['get'];
export type TaskDossier = Outputs['tasks']['record'];
export type TaskArtefactRecord = Outputs['tasks']['artefact'];
/** How an agent waits for an end. */
export type WaitOptions = Omit<Inputs['agents']['wait'], 'id' | 'agentId' | 'requestId'> & { signal?: AbortSignal };
export type ChangeRecord = Outputs['changes']['get'];
