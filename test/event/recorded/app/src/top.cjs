function fail() {
  throw new Error('while loading');
}

fail();
