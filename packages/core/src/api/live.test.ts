import { expect, it } from 'vitest';
import { type AgentRow, agentRowFields, decodeAgent, encodeAgent, type LiveAgent } from './live.ts';

const agent: LiveAgent = {
  id: 'agt_1',
  parentId: null,
  name: 'lead',
  kind: 'agent',
  role: 'coder',
  model: null,
  state: 'running',
  epoch: 2,
  sessionId: 'agt_1',
  createdAtMs: 1,
  endedAtMs: null,
  lastHeartbeatMs: 3,
  leaseExpiresMs: 4,
  activity: 'reads',
  progress: 0.5,
  containment: 'cgroup',
  stopId: null,
  budgetNanoUsd: '6',
  ownNanoUsd: '7',
  subtreeNanoUsd: '8',
  unpriced: 9,
  checkpointMs: 10,
};

it('an agent on the wire is a row in the order that both ends know, and comes back whole', () => {
  const row = encodeAgent(agent);
  const wire: AgentRow = [
    'agt_1',
    null,
    'lead',
    'agent',
    'coder',
    null,
    'running',
    2,
    'agt_1',
    1,
    null,
    3,
    4,
    'reads',
    0.5,
    'cgroup',
    null,
    '6',
    '7',
    '8',
    9,
    10,
  ];
  expect(row).toEqual(wire);
  expect(decodeAgent(JSON.parse(JSON.stringify(row)))).toEqual(agent);
});
it('every field has a place of its own', () => {
  expect(new Set(agentRowFields)).toEqual(new Set(Object.keys(agent)));
  expect(agentRowFields).toHaveLength(Object.keys(agent).length);
});
