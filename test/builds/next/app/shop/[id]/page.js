import { notFound, redirect } from 'next/navigation';

export const dynamic = 'force-dynamic';

async function pay(form) {
  'use server';
  throw new RangeError(`the action broke for ${form.get('item')}`);
}

export default async function Shop({ params }) {
  const { id } = await params;
  if (id === 'broken') throw new TypeError('the page broke');
  if (id === 'missing') notFound();
  if (id === 'moved') redirect('/shop/tea');
  return (
    <form action={pay}>
      <input name="item" defaultValue={id} />
    </form>
  );
}
