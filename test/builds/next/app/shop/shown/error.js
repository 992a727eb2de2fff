'use client';

export default function Sorry() {
  return <p>sorry</p>;
}
