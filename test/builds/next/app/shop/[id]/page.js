import { notFound, redirect } from 'next/navigation';
import { Suspense } from 'react';

export const dynamic = 'force-dynamic';

async function pay(form) {
  'use server';
  throw new RangeError(`the action broke for ${form.get('item')}`);
}

async function Part() {
  await new Promise((resolve) => setTimeout(resolve, 20));
  throw new TypeError('a part broke');
}

export default async function Shop({ params }) {
  const { id } = await params;
  if (id === 'broken') throw new TypeError('the page broke');
  if (id === 'missing') notFound();
  if (id === 'moved') redirect('/shop/tea');
  if (id === 'parts')
    return (
      <Suspense fallback="soon">
        <Part />
      </Suspense>
    );
  return (
    <form action={pay}>
      <input name="item" defaultValue={id} />
    </form>
  );
}
