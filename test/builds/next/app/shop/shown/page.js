export const dynamic = 'force-dynamic';

export default function Shown() {
  throw new Error('the page beside error.js broke');
}
