import { Eye } from 'lucide-react';

/** What no mechanical gate can see (design, "Two holes stay open"); said beside the proof, before the buttons. */
export function OpenHoles() {
  return (
    <aside aria-label="What the gates cannot see" className="flex gap-3 rounded-lg border border-line bg-sunken px-4 py-3 text-sm">
      <Eye aria-hidden size={16} className="mt-0.5 shrink-0 text-attention" />
      <div className="text-ink-2">
        <p className="font-semibold text-ink">Two things no gate can see, so look yourself</p>
        <ol className="mt-1 list-decimal pl-4">
          <li>The fix may only set a flag that a matching, otherwise irrelevant test looks at.</li>
          <li>The change may patch the assertion library in a way that spares the supervisor’s own probes.</li>
        </ol>
        <p className="mt-1">
          Read the red output above: does it fail for the reason the agent gives? Someone who reproduces the bug without this test is the
          better proof.
        </p>
      </div>
    </aside>
  );
}
