import { errorStatus } from '@reeve/core/vocabulary';
import { z } from 'zod';
import { appRouter } from '../trpc/router.ts';
import { operations } from './rest.ts';

type Schema = { type?: string; properties?: Record<string, Schema>; required?: string[] } & Record<string, unknown>;

const inputOf = (name: string): Schema => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>;
  const schema = procedures[name]?._def.inputs[0];
  if (!schema) return { type: 'object', properties: {} };
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Schema & {
    $schema?: string;
  };
  return json;
};
const problem = { description: 'What went wrong', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };

/** OpenAPI 3.1 of `/api/v1`, from the procedures themselves. */
export function openApiDocument(origin: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const op of operations) {
    const schema = inputOf(op.name);
    const inPath = [...op.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1] as string);
    const rest = Object.entries(schema.properties ?? {}).filter(([k]) => !inPath.includes(k));
    const required = (schema.required ?? []).filter((k) => !inPath.includes(k));
    const parameters = [
      ...inPath.map((name) => ({ name, in: 'path', required: true, schema: schema.properties?.[name] ?? { type: 'string' } })),
      ...(op.method === 'GET' ? rest.map(([name, s]) => ({ name, in: 'query', required: required.includes(name), schema: s })) : []),
    ];
    const body = { type: 'object', properties: Object.fromEntries(rest), ...(required.length ? { required } : {}) };
    paths[op.path] = {
      ...paths[op.path],
      [op.method.toLowerCase()]: {
        operationId: op.name,
        summary: op.summary,
        tags: [op.tag],
        parameters,
        ...(op.method === 'GET'
          ? {}
          : { requestBody: { required: required.length > 0, content: { 'application/json': { schema: body } } } }),
        responses: {
          [op.status ?? 200]: { description: 'Done', content: { 'application/json': { schema: { type: 'object' } } } },
          default: problem,
        },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reeve',
      version,
      description: 'The supervisor for fleets of AI agents. Money is a decimal string of USD, times are ISO 8601 UTC.',
    },
    servers: [{ url: `${origin}/api/v1` }],
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A project token (rv_…) or the token of an agent' } },
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['code', 'message'],
              properties: {
                code: { type: 'string', enum: [...Object.keys(errorStatus), 'internal'] },
                message: { type: 'string', description: 'What happened and what to do' },
                reference: { type: 'string', description: 'For 5xx: what to tell the operator' },
              },
            },
          },
        },
      },
    },
  };
}

const escapeHtml = (s: string) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
/** `/docs`: the same document for people, as a page without scripts. */
export function docsPage(origin: string): string {
  const tags = [...new Set(operations.map((o) => o.tag))];
  const rows = (tag: string) =>
    operations
      .filter((o) => o.tag === tag)
      .map((o) => {
        const fields = Object.entries(inputOf(o.name).properties ?? {}).map(
          ([k, s]) => `${k}: ${s.type ?? (s.enum as string[] | undefined)?.join(' | ') ?? 'any'}`,
        );
        return `<tr><td><b>${o.method}</b></td><td><code>${escapeHtml(o.path)}</code></td><td>${escapeHtml(o.summary)}<br><small>${escapeHtml(fields.join(', '))}</small></td></tr>`;
      })
      .join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Reeve API</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.4rem .8rem .4rem 0;vertical-align:top}
small{opacity:.7}code{font:13px ui-monospace,monospace}pre{overflow:auto;padding:1rem;background:#8882;border-radius:6px}</style>
<h1>Reeve API</h1><p>All calls stand under <code>${escapeHtml(origin)}/api/v1</code> and take <code>Authorization: Bearer rv_…</code>.
The machine-readable form is <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
<pre>curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"name":"my-agent"}' ${escapeHtml(origin)}/api/v1/agents</pre>
${tags.map((t) => `<h2>${t}</h2><table>${rows(t)}</table>`).join('')}</html>`;
}
