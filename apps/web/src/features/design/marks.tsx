import { Card, CardHeader } from '@/ui/card';
import { StateMark } from '@/ui/state-mark';
import {
  activationMarks,
  agentMarks,
  blastMarks,
  changeMarks,
  conditionMarks,
  gateMarks,
  type Mark,
  outcomeMarks,
  softBudgetMark,
  stopMarks,
  taskMarks,
} from '@/vocabulary/state-marks';

const groups: [string, Record<string, Mark>][] = [
  ['Agents', agentMarks],
  ['Conditions', { ...conditionMarks, 'near-budget': softBudgetMark }],
  ['Tasks', taskMarks],
  ['Changes', changeMarks],
  ['Stops', stopMarks],
  ['Outcomes', outcomeMarks],
  ['Blast radius', blastMarks],
  ['Gates', gateMarks],
  ['Putting to use', activationMarks],
];

export function Marks() {
  return groups.map(([title, marks]) => (
    <Card key={title}>
      <CardHeader title={title} />
      <dl className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1.5 px-4 py-3 text-sm">
        {Object.entries(marks).map(([state, mark]) => (
          <div key={state} className="col-span-3 grid grid-cols-subgrid items-center">
            <dt>
              <StateMark mark={mark} />
            </dt>
            <dd>
              <StateMark mark={mark} soft />
            </dd>
            <dd className="text-ink-3">{mark.meaning}</dd>
          </div>
        ))}
      </dl>
    </Card>
  ));
}
