import { routes } from '../../../src/handlers.ts';

export const dynamic = 'force-dynamic';

export async function GET(_request, { params }) {
  const { bug } = await params;
  await routes.get(bug)({ id: 17, items: [''] });
  return new Response('fine');
}
