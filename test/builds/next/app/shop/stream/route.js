export const dynamic = 'force-dynamic';

export function GET() {
  let pieces = 0;
  const body = new ReadableStream({
    async pull(controller) {
      pieces += 1;
      if (pieces === 1) return controller.enqueue(new TextEncoder().encode('a piece'));
      // The piece goes out first.
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('the stream broke');
    },
  });
  return new Response(body);
}
