const TOKENS = `import { createHmac } from 'node:crypto';

/** Signed with HS256; valid for a quarter of an hour. */
export function sign(claims: Claims, secret: string, now: number): string {
  const body = encode({ ...claims, iat: now, exp: now + 900 });
  const head = encode({ alg: 'HS256', typ: 'JWT' });
  const signature = createHmac('sha256', secret).update(\`\${head}.\${body}\`).digest('base64url');
  return [head, body, signature].join('.');
}
`;

/** A file of the played loop's base or result. */
export function playedText(file: string, base: boolean): string {
  if (file.endsWith('.ts')) return base ? '' : TOKENS;
  const call = base ? 'Every request is answered.' : 'Every request needs a token: `POST /login` gives one.';
  return `# Sample\n\nA small API.\n\n## Use\n\n${call}\n`;
}
